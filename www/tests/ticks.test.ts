import assert from "node:assert/strict";
import { test } from "node:test";
import { tickTexts } from "../src/ui/ticks.js";

const LOSS = { percent: false, log: false };
const ACCURACY = { percent: true, log: false };

/** `count` ticks as a chart places them. */
const ticks = (from: number, step: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i * step);

test("a narrow range has as many digits as its step needs", () => {
  assert.deepEqual(tickTexts(ticks(2.302, 0.0005, 4), LOSS), ["2.3020", "2.3025", "2.3030", "2.3035"]);
  assert.deepEqual(tickTexts([1.9999, 2, 2.0001, 2.0002], LOSS), ["1.9999", "2.0000", "2.0001", "2.0002"]);
  assert.deepEqual(tickTexts(ticks(0.2145, 0.0005, 3), ACCURACY), ["21.45 %", "21.50 %", "21.55 %"]);
  assert.deepEqual(tickTexts(ticks(0.99, 0.0025, 5), ACCURACY), ["99.00 %", "99.25 %", "99.50 %", "99.75 %", "100.00 %"]);
});

test("a wide range has no more", () => {
  assert.deepEqual(tickTexts(ticks(0, 0.5, 4), LOSS), ["0.0", "0.5", "1.0", "1.5"]);
  assert.deepEqual(tickTexts(ticks(0, 0.2, 6), ACCURACY), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
  assert.deepEqual(tickTexts(ticks(0, 20_000, 3), LOSS), ["0", "20,000", "40,000"]);
});

test("no two texts are equal, at any size and step", () => {
  for (let power = -12; power <= 20; power++) {
    for (const base of [0, 1, 2.302, 97.31]) {
      for (const step of [1, 2, 2.5, 5].map((digit) => digit * 10 ** power)) {
        // Numbers that floats cannot distinguish do not make an axis.
        if (step < base * 1e-12) continue;
        const start = Math.ceil(base / step) * step;
        for (const scale of [LOSS, ACCURACY]) {
          const texts = tickTexts(ticks(start, step, 5), scale);
          assert.equal(new Set(texts).size, 5, `${start} by ${step}: ${texts}`);
          assert.ok(texts.every((text) => text.length <= 24), texts.join());
        }
      }
    }
  }
});

test("logarithmic ticks are formatted one by one, and a tick without a number stays empty", () => {
  const log = { percent: false, log: true };
  assert.deepEqual(tickTexts([1e-5, 0.001, null, 0.1, 10], log), ["1.00e-5", "0.001", "", "0.1", "10"]);
  assert.deepEqual(tickTexts([0.0001, 0.01, 1], { ...log, percent: true }), ["0.01 %", "1 %", "100 %"]);
  assert.deepEqual(tickTexts([0.5], ACCURACY), ["50 %"]);
  assert.deepEqual(tickTexts([], LOSS), []);
});
