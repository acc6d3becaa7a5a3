import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToCome, epochsWithin, stride, pruned } from "../src/store/prune.js";

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

test("few epochs are all kept", () => {
  assert.deepEqual(pruned(upTo(10), 3, 10), upTo(10));
  assert.deepEqual(pruned([], null, 10), []);
});

test("of many epochs the first, the best, the last and every n-th are kept, within the limit", () => {
  assert.deepEqual(pruned(upTo(11), 3, 10), [1, 2, 3, 4, 6, 8, 10, 11]);
  assert.deepEqual(pruned(upTo(10), 3, 10), upTo(10));
  assert.deepEqual(pruned(upTo(300), 299, 10), [1, 64, 128, 192, 256, 299, 300]);
  for (const last of [4, 50, 1000, 99_999]) {
    for (const best of [null, 1, 2, last - 1, last]) {
      const stay = pruned(upTo(last), best, 40);
      assert.ok(stay.length <= 40 && [1, best ?? 1, last].every((one) => stay.includes(one)), `${last}, ${best}`);
    }
  }
});

test("first, best and last are always kept", () => {
  assert.equal(epochsWithin(1, 1000), 3);
  assert.deepEqual(pruned(upTo(50), 7, epochsWithin(1, 1000)), [1, 7, 50]);
});

test("pruning as epochs arrive equals pruning at the end, except for former best epochs", () => {
  let kept: number[] = [];
  for (const epoch of upTo(777)) kept = pruned([...kept, epoch], 5, 20);
  assert.deepEqual(kept, pruned(upTo(777), 5, 20));
  assert.equal(stride(777, 20), 64);
});

test("the estimate is at most the limit, or three epochs", () => {
  assert.equal(bytesToCome(10, 1000, 50_000), 10_000);
  assert.equal(bytesToCome(300, 1000, 50_000), 50_000);
  assert.equal(bytesToCome(300, 1000, 100), 3000);
});
