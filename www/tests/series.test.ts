import assert from "node:assert/strict";
import { test } from "node:test";
import type { EpochRow, Progress } from "../src/protocol/engine.js";
import { pointsIn } from "../src/run/kept-curve.js";
import { addRead, columns, MOST_READS, noReads, readsOf, smooth, thinned, withTeacher, type Measure, type Reads } from "../src/run/series.js";

const STEPS = 10;

function read(reads: Reads, epoch: number, step: number, loss: number): void {
  addRead(reads, { epoch, step, loss, accuracy: 0, steps_per_epoch: STEPS } as Progress);
}

const row = (epoch: number, train: number, validation: number | null): EpochRow =>
  ({ epoch, step: epoch * STEPS, train_loss: train, validation_loss: validation }) as EpochRow;

const LOSS: Measure = {
  read: (one) => one.loss,
  train: (one) => one.train_loss,
  validation: (one) => one.validation_loss,
};

test("reads are placed at their position in epochs", () => {
  const reads = noReads();
  read(reads, 1, 5, 2);
  read(reads, 3, 10, 1);
  assert.deepEqual(reads.points.map(({ x }) => x), [0.5, 3]);
});

test("a run resumed from an earlier position overwrites later reads", () => {
  const reads = noReads();
  for (let step = 1; step <= 8; step++) read(reads, 1, step, step);
  read(reads, 1, 4, 100);
  assert.deepEqual(reads.points.map(({ loss }) => loss), [1, 2, 3, 100]);
});

test("many reads are merged into means, and none is lost", () => {
  const reads = noReads();
  const count = 3 * MOST_READS;
  for (let i = 0; i < count; i++) read(reads, 1 + Math.floor(i / STEPS), 1 + (i % STEPS), i);
  assert.ok(reads.points.length < MOST_READS);
  assert.equal(reads.stride, 4);
  const stood = reads.points.reduce((sum, { loss }) => sum + loss, 0) * reads.stride;
  const waiting = reads.waiting.reduce((sum, { loss }) => sum + loss, 0);
  assert.equal(stood + waiting, (count * (count - 1)) / 2);
  const places = reads.points.map(({ x }) => x);
  assert.deepEqual(places, [...places].sort((a, b) => a - b));
});

test("smoothing begins at the first value and keeps a constant", () => {
  assert.deepEqual(smooth([3, 1], 0), [3, 1]);
  assert.ok(smooth([5, 5, 5], 0.9).every((value) => Math.abs(value - 5) < 1e-12));
  const [first = 0, second = 0] = smooth([0, 1], 0.5);
  assert.equal(first, 0);
  // Half of the last, a quarter of the one before, of three quarters in all.
  assert.ok(Math.abs(second - 2 / 3) < 1e-12);
});

test("reads and epochs share one axis; an epoch's end and its last read coincide", () => {
  const reads = noReads();
  for (const step of [5, 10]) read(reads, 1, step, step);
  read(reads, 2, 5, 15);
  const drawn = columns(reads.points, [row(1, 7, 8), row(2, 5, null)], LOSS, 0, Number.isFinite);
  assert.deepEqual(drawn, {
    x: [0.5, 1, 1.5, 2],
    raw: [5, 10, 15, null],
    smoothed: [5, 10, 15, null],
    train: [null, 7, null, 5],
    validation: [null, 8, null, null],
  });
});

test("values that an axis cannot show are left out", () => {
  const reads = noReads();
  read(reads, 1, 5, 0);
  const { x, raw } = columns(reads.points, [], LOSS, 0, (value) => value > 0);
  assert.deepEqual([x, raw], [[0.5], [null]]);
});

test("a kept curve goes on where the run is taken up, and is thinned by means", () => {
  const reads = readsOf([1, 2, 3, 4].map((x) => ({ x: x / 4, loss: x, accuracy: 0 })));
  read(reads, 1, 5, 9);
  assert.deepEqual(reads.points.map(({ x, loss }) => [x, loss]), [[0.25, 1], [0.5, 9]]);
  const many = Array.from({ length: 100 }, (_, i) => ({ x: i + 1, loss: i, accuracy: 0.5 }));
  const short = thinned(many, 30);
  assert.equal(short.length, 25);
  assert.deepEqual(short[0], { x: 4, loss: 1.5, accuracy: 0.5 });
  assert.equal(thinned(many, 100).length, 100);
});

test("what was kept of a curve is checked", () => {
  assert.deepEqual(pointsIn({ points: [[1, 0.5, 0.9], [1, "x", 2], null, [2, 0.25, Infinity]] }), [{ x: 1, loss: 0.5, accuracy: 0.9 }]);
  for (const bad of [null, 3, {}, { points: "no" }]) assert.deepEqual(pointsIn(bad), []);
});

test("a teacher's accuracy is a level line, and its own epochs stand at their places", () => {
  const own = (epoch: number, accuracy: number): EpochRow => ({ ...row(epoch, 1, 1), validation_accuracy: accuracy });
  const drawn = columns([], [row(1, 1, 0.5)], LOSS, 0, Number.isFinite);
  const found = withTeacher(drawn, { accuracy: 0.9, history: [own(1, 0.5), own(2, 0.8), own(9, 0.9)] }, 3, (accuracy) => accuracy);
  assert.deepEqual(found.columns.x, [0, 1, 2, 3]);
  assert.deepEqual(found.columns.validation, [null, 0.5, null, null]);
  assert.deepEqual(found.accuracy, [0.9, 0.9, 0.9, 0.9]);
  assert.deepEqual(found.own, [null, 0.5, 0.8, null]);
});
