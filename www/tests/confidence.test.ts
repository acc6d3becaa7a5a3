import assert from "node:assert/strict";
import { test } from "node:test";
import { inWords, judge, spoken } from "../src/draw/confidence.js";

const words = (probabilities: number[], sure: boolean, unlike = false, several = false): string =>
  inWords(judge({ probabilities: Float32Array.from(probabilities), sure, unlike }, several));

test("a sure prediction states its confidence, and is not rounded up to 100 %", () => {
  assert.equal(words([0.005, 0.99999], true), "Almost certain: more than 99.9 %");
  assert.equal(words([0.95, 0.05], true), "Very likely: 95.0 %");
  assert.equal(words([0.2, 0.8], true), "Likely: 80.0 %");
  assert.equal(words([0.3, 0.7], true), "Probably: 70.0 %");
});

test("the engine decides what is sure; an unsure prediction names its candidates", () => {
  assert.equal(words([0.1, 0.5, 0.4], false), "Not sure: a 1 (50 %) or a 2 (40 %)");
  assert.equal(words([0.09, 0.09, 0.64, 0.09, 0.09], false), "Not sure: perhaps a 2");
});

test("of a drawing that looks like no class, or like two, no percentage is given", () => {
  assert.equal(words([0.01, 0.02, 0.97], false, true), "Like none that it knows; closest to a 2");
  assert.equal(words([0.1, 0.5, 0.4], false, true, true), "Two at once? Draw one at a time");
  assert.equal(words([0.1, 0.5, 0.4], false, false, true), "Two at once? Draw one at a time");
  // What the model is sure of is one digit, however its strokes lie.
  assert.equal(words([0.005, 0.99999], true, false, true), "Almost certain: more than 99.9 %");
});

test("the spoken text names the class", () => {
  const prediction = { probabilities: Float32Array.from([0.02, 0.98]), sure: true, unlike: false };
  assert.equal(spoken(judge(prediction)), "The model predicts a 1. Very likely: 98.0 %.");
  assert.equal(spoken(judge({ ...prediction, sure: false, unlike: true })), "Like none that it knows; closest to a 1.");
});
