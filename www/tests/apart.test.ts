import assert from "node:assert/strict";
import { test } from "node:test";
import { standApart } from "../src/draw/apart.js";
import type { Stroke } from "../src/protocol/engine.js";

const stroke = (...points: [number, number][]): Stroke => ({ points, pressure: [] });

const one = stroke([0.2, 0.1], [0.2, 0.9]);
const seven = [stroke([0.5, 0.1], [0.9, 0.1], [0.6, 0.9]), stroke([0.55, 0.5], [0.85, 0.5])];

test("two digits side by side stand apart, however many strokes each has", () => {
  assert.equal(standApart([one, ...seven]), true);
  assert.equal(standApart([...seven, one]), true);
});

test("one digit does not, even if its strokes do not touch", () => {
  assert.equal(standApart([]), false);
  assert.equal(standApart([one]), false);
  assert.equal(standApart(seven), false);
  // Dots in a ring.
  assert.equal(standApart([[0.3, 0.2], [0.3, 0.8], [0.7, 0.2], [0.7, 0.8]].map(([x = 0, y = 0]) => stroke([x, y]))), false);
  // A 4 whose stem stands to the right of the arm, and a 5 whose bar flies off.
  assert.equal(standApart([stroke([0.1, 0.1], [0.1, 0.5], [0.6, 0.5]), stroke([0.55, 0.2], [0.5, 0.9])]), false);
  assert.equal(standApart([stroke([0.1, 0.1], [0.5, 0.6], [0.1, 0.9]), stroke([0.6, 0.1], [0.9, 0.05])]), false);
});
