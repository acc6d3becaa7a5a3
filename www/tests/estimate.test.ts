import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceReport } from "../src/protocol/messages.js";
import { need, runSeconds, speed } from "../src/settings/estimate.js";
import type { Measured } from "../src/settings/measured.js";

const device = (kind: "cpu" | "gpu", name: string): DeviceReport => ({ kind, name, software: false, note: "" });
const memory = { whole: 800, worker: 100, run: 50, card: 700, parts: 8 };
const cost = (multiply_adds: number) => ({ parameters: 1, multiply_adds, tokens: 17, memory, file: 4, checkpoint: 16 });
const run = (of: DeviceReport, work: number, batch: number, perSecond: number): Measured => (
  { device: of, work, batch, perSecond });

const card = device("gpu", "a card");

test("speed is estimated from runs on the same device, and known for equal shapes", () => {
  const runs = [run(device("gpu", "another card"), 10, 64, 7), run(device("cpu", "a card"), 5, 64, 1), run(card, 20, 64, 100)];
  assert.deepEqual(speed(cost(20), 64, card, runs), { perSecond: 100, basis: "measured" });
  assert.deepEqual(speed(cost(20), 128, card, runs), { perSecond: 100, basis: "scaled" });
  assert.deepEqual(speed(cost(80), 64, card, runs), { perSecond: 25, basis: "scaled" });
});

test("without measurements, only the CPU has an estimate", () => {
  const elsewhere = [run(device("gpu", "another card"), 10, 64, 7)];
  assert.equal(speed(cost(20), 64, card, elsewhere), null);
  assert.deepEqual(speed(cost(7.23e6), 64, device("cpu", "CPU"), elsewhere), { perSecond: 1000, basis: "guess" });
  assert.deepEqual(speed(cost(7.23e6), 64, null, []), { perSecond: 1000, basis: "guess" });
});

test("a run's time is its full batches and a third of the work for validation", () => {
  const train = { epochs: 3, batch_size: 64 };
  assert.equal(runSeconds(train, { train: 130, validation: 60 }, 2), 3 * (128 + 20) / 2);
});

test("memory with step workers, alone, and on a card", () => {
  assert.deepEqual(need(cost(1), 5, "cpu", 1), { program: 805, total: 805, card: 0 });
  assert.deepEqual(need(cost(1), 5, "cpu", 2), { program: 100, total: 255, card: 0 });
  assert.deepEqual(need(cost(1), 500, "cpu", 4), { program: 550, total: 950, card: 0 });
  assert.deepEqual(need({ ...cost(1), memory: { ...memory, parts: 1 } }, 0, "cpu", 4), { program: 800, total: 800, card: 0 });
  assert.deepEqual(need(cost(1), 5, "gpu", 8), { program: 55, total: 55, card: 700 });
});
