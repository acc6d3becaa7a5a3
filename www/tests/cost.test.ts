/** What is compared when attention is measured. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf, subjects, times, TOKENS } from "../src/cost/subjects.js";
import { FAMILIES } from "../src/protocol/families.js";

test("full and linear attention are compared with the same sizes", () => {
  const found = subjects(FAMILIES);
  assert.deepEqual(found.slice(0, 2).map(({ label }) => label), ["full", "linear"]);
  for (const subject of found) {
    for (const tokens of TOKENS) {
      const { model } = settingsOf(subject, tokens);
      const sizes = model as unknown as Record<string, number>;
      assert.deepEqual([sizes["width"], sizes["depth"], sizes["heads"], sizes["mlp"]], [64, 2, 4, 128]);
      assert.equal((28 / (sizes["patch_size"] ?? 0)) ** 2, tokens);
    }
  }
});

test("a family that this version does not have is left out", () => {
  assert.deepEqual(subjects([]), []);
});

test("ratios are rounded for reading", () => {
  assert.equal(times(2, 3), "1.5 times");
  assert.equal(times(1, 16), "16 times");
});
