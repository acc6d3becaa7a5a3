import assert from "node:assert/strict";
import { test } from "node:test";
import { inWords, judge, spoken } from "../src/draw/confidence.js";

const words = (probabilities: number[], sure: boolean): string =>
  inWords(judge({ probabilities: Float32Array.from(probabilities), sure }));

test("a sure prediction states its confidence, and is not rounded up to 100 %", () => {
  assert.equal(words([0.005, 0.99999], true), "Almost certain: more than 99.9 %");
  assert.equal(words([0.95, 0.05], true), "Very likely: 95.0 %");
  assert.equal(words([0.2, 0.8], true), "Likely: 80.0 %");
  assert.equal(words([0.3, 0.7], true), "Probably: 70.0 %");
});

test("the engine decides what is sure; an unsure prediction names its candidates", () => {
  assert.equal(words([0.1, 0.5, 0.4], false), "Not sure: a 1 (50 %) or a 2 (40 %)");
  assert.equal(words([0.01, 0.02, 0.97], false), "Not sure: closest to a 2");
});

test("the spoken text names the class", () => {
  const prediction = { probabilities: Float32Array.from([0.02, 0.98]), sure: true };
  assert.equal(spoken(judge(prediction)), "The model predicts a 1. Very likely: 98.0 %.");
  assert.equal(spoken(judge({ ...prediction, sure: false })), "Not sure: closest to a 1.");
});
