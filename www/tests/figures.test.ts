import assert from "node:assert/strict";
import { test } from "node:test";
import type { EpochRow } from "../src/protocol/engine.js";
import { correct, interval, total } from "../src/results/wilson.js";
import { shareOf } from "../src/run/figures.js";
import { bestRow, metricsCsv, stepsPerEpoch } from "../src/store/history.js";
import { fileName } from "../src/ui/save.js";

const row = (epoch: number, accuracy: number | null, loss: number | null = 1): EpochRow => ({
  epoch, step: 7 * epoch, train_loss: 0.5, train_accuracy: 0.75, validation_loss: loss, validation_accuracy: accuracy,
  learning_rate: 0.001, images_per_second: 100, seconds: epoch,
});

test("the best epoch is the most accurate; the loss decides a tie, then the earlier one", () => {
  assert.equal(bestRow([]), null);
  assert.equal(bestRow([row(1, null)]), null);
  assert.equal(bestRow([row(1, 0.8), row(2, 0.9), row(3, 0.85)])?.epoch, 2);
  assert.equal(bestRow([row(1, 0.9, 0.4), row(2, 0.9, 0.3), row(3, 0.9, 0.3)])?.epoch, 2);
  assert.equal(bestRow([row(1, 0.9, null), row(2, 0.9, 5)])?.epoch, 2);
});

test("the progress of a run", () => {
  assert.equal(shareOf({ epoch: 1, epochs: 4, step: 0, steps: 10 }), 0);
  assert.equal(shareOf({ epoch: 3, epochs: 4, step: 5, steps: 10 }), 0.625);
  assert.equal(shareOf({ epoch: 3, epochs: 4, step: 5, steps: null }), 0.5);
  assert.equal(shareOf({ epoch: 1, epochs: 0, step: 0, steps: null }), 0);
  assert.equal(stepsPerEpoch([]), null);
  assert.equal(stepsPerEpoch([row(1, 1), row(2, 1)]), 7);
});

test("metrics.csv has a line for each epoch, with empty cells without validation", () => {
  assert.equal(metricsCsv([row(1, 0.9, 0.25), row(2, null, null)]), [
    "epoch,step,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,images_per_second,seconds",
    "1,7,0.5,0.75,0.25,0.9,0.001,100,1",
    "2,14,0.5,0.75,,,0.001,100,2",
    "",
  ].join("\n"));
});

test("a run's name becomes a part of a file name", () => {
  assert.equal(fileName("Größe 2: ../weg"), "gr-e-2-weg");
  assert.equal(fileName("  "), "run");
  assert.equal(fileName("x".repeat(100)).length, 40);
});

test("the interval is Wilson's", () => {
  // 90 of 100: 0.8256 to 0.9448 in published tables.
  const confusion = [[90, 10], [0, 0]];
  assert.deepEqual([correct(confusion), total(confusion)], [90, 100]);
  const [low, high] = interval(confusion);
  assert.ok(Math.abs(low - 0.8256) < 1e-4 && Math.abs(high - 0.9448) < 1e-4, `${low} ${high}`);
  assert.deepEqual(interval([[0, 0], [0, 0]]), [0, 1]);
});
