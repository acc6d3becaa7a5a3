import assert from "node:assert/strict";
import { test } from "node:test";
import { inWords, judge, spoken } from "../src/draw/confidence.js";
import { className, inSentence, listed, sameName, shortened } from "../src/ui/names.js";

test("a class without a name goes by its number", () => {
  assert.deepEqual([className(["cat", "dog"], 1), className([], 1), className(undefined, 7)], ["dog", "1", "7"]);
  assert.deepEqual([inSentence(["cat"], 0), inSentence([], 8)], ["cat", "an 8"]);
});

test("zero equals 0 for the page as for the engine, and no other names are equal", () => {
  assert.ok(sameName("zero", "0") && sameName("SEVEN", "seven") && sameName("cat", "cat"));
  assert.ok(!sameName("A", "a") && !sameName("zero", "o") && !sameName("", "0"));
});

test("a long name is shortened in the middle, quickly", () => {
  assert.equal(shortened("digits.csv"), "digits.csv");
  assert.equal(shortened(`${"a".repeat(10_000)}.csv`, 20), `${"a".repeat(13)}…aa.csv`);
  assert.equal(shortened("👩‍👩‍👧‍👦".repeat(5), 5), "👩‍👩‍👧‍👦".repeat(5), "a family is one character");
  assert.equal(shortened("👩‍👩‍👧‍👦".repeat(50), 5), `${"👩‍👩‍👧‍👦".repeat(3)}…👩‍👩‍👧‍👦`);
  const begun = performance.now();
  assert.ok([...shortened("é".repeat(5_000_000))].length <= 60);
  assert.ok(performance.now() - begun < 200, "the whole was not taken apart");
});

test("a list of names is limited, and right-to-left names are isolated", () => {
  assert.equal(listed(["cat", "dog"]), "cat, dog");
  assert.equal(listed(Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i)), 3), "A, B, C and 23 more");
  assert.equal(listed(["אבג", "cat"]), "\u2068אבג\u2069, cat");
});

test("a model's classes are described by their names", () => {
  const names = ["cat", "dog", "bird"];
  const sure = judge({ probabilities: Float32Array.from([0.02, 0.98, 0]), sure: true, unlike: false });
  assert.equal(spoken(sure, names), "The model predicts dog. Very likely: 98.0 %.");
  const torn = judge({ probabilities: Float32Array.from([0.1, 0.5, 0.4]), sure: false, unlike: false });
  assert.equal(inWords(torn, names), "Not sure: dog (50 %) or bird (40 %)");
  assert.equal(inWords(judge({ probabilities: Float32Array.from([0.97, 0.02, 0.01]), sure: false, unlike: true }), names),
    "Like none that it knows; closest to cat");
});
