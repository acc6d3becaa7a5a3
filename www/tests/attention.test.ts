import assert from "node:assert/strict";
import { test } from "node:test";
import type { Prediction } from "../src/protocol/engine.js";
import { attentionMap, tintOf, type MapChoice, type QueryToken } from "../src/see/maps.js";
import { sentenceOf } from "../src/see/sentence.js";

test("a patch is tinted above an equal share only, the most where the share is largest", () => {
  assert.equal(tintOf(1 / 49, 0.2, 49), 0);
  assert.equal(tintOf(0.01, 0.2, 49), 0);
  assert.equal(tintOf(0.2, 0.2, 49), 1);
  assert.ok(tintOf(0.1, 0.2, 49) > 0 && tintOf(0.1, 0.2, 49) < 1);
});

test("a map that is nearly even is tinted faintly", () => {
  assert.ok(tintOf(1.2 / 49, 1.2 / 49, 49) < 0.15);
  assert.equal(tintOf(1 / 49, 1 / 49, 49), 0);
});

/** A model of 2×2 patches with a class token, one block and two heads, in which all tokens read `row`. */
function seen(row: readonly number[]): Prediction {
  const [tokens, heads] = [row.length, 2];
  const weights = Float32Array.from({ length: tokens * tokens }, (_, i) => row[i % tokens] ?? 0);
  return {
    image: new Uint8Array(16).fill(255), side: 4, probabilities: Float32Array.of(1), sure: true, unlike: false, plain: true, depth: 1, heads, tokens,
    grid: 2, patch: 2, padding: 0, stem: 0, stem_depth: 0, attention: Float32Array.from([...weights, ...weights]),
    mean: weights, rollout: weights, class_token: new Float32Array(4), milliseconds: 1,
  };
}

function said(prediction: Prediction, choice: MapChoice, reader: QueryToken): string {
  return sentenceOf(prediction, choice, reader, attentionMap(prediction, choice, reader));
}

test("sentences say who reads from where, and what an equal share is", () => {
  const one = seen([0.1, 0.1, 0.1, 0.6, 0.1]);
  assert.equal(said(one, { kind: "rollout" }, { kind: "class" }),
    "Over its block, the answer draws most on the patch in row 2, column 1 (60.0 %; an equal share is 25.0 %). "
    + "Another 10.0 % comes from the class token itself and is not in the picture.");
  assert.equal(said(one, { kind: "head", block: 0, head: 1 }, { kind: "patch", patch: 1 }),
    "In block 1, head 2, the patch in row 1, column 2 reads most from the patch in row 2, column 1 "
    + "(60.0 %; an equal share is 25.0 %). Another 10.0 % goes to the class token, which is not in the picture.");
  const mean = seen([0.2, 0.3, 0.25, 0.25]);
  assert.equal(said(mean, { kind: "mean", block: 0 }, { kind: "class" }),
    "In block 1, on average over its 2 heads, all patches together read from many patches, most from the patch in row 1, "
    + "column 2 (30.0 %; an equal share is 25.0 %).");
});
