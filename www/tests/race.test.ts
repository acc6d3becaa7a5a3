/** The race's state and the columns of its chart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RaceEvent, RunSettings } from "../src/protocol/engine.js";
import { begin, columns, isOpen, next, type RaceState } from "../src/race/state.js";
import { describe, result } from "../src/race/words.js";

const point = (contestant: number, seconds: number, images: number, accuracy: number, measured = 500): RaceEvent =>
  ({ type: "measured", contestant, seconds, images, loss: 1, accuracy, measured });

const began = (contestant: number, parameters: number): RaceEvent =>
  ({ type: "began", contestant, parameters, settings: {} as RunSettings });

function after(...events: RaceEvent[]): RaceState {
  return events.reduce(next, begin(["tiny", "swin"], { type: "seconds", seconds: 10 }));
}

test("a race goes from timing to its ranking", () => {
  assert.equal(after().phase, "starting");
  const timing = after({ type: "timing", contestant: 1 });
  assert.match(describe(timing), /Timing swin/);
  const running = next(timing, began(0, 1000));
  assert.deepEqual([running.phase, running.racers[0]?.parameters], ["running", 1000]);
  const paused = next(running, { type: "paused" });
  assert.equal(paused.phase, "paused");
  assert.equal(next(paused, { type: "resumed" }).phase, "running");
  const done = next(next(running, point(0, 9, 900, 0.9)), { type: "finished", reason: "completed", ranking: [0] });
  assert.ok(!isOpen(done));
  assert.match(describe(done), /^Finished\. tiny is first with 90\.0 % of 500 validation images\.$/);
});

test("a contestant that failed keeps its error, and the race goes on", () => {
  const error = { kind: "diverged" as const, place: { file: null, row: null, column: null }, problem: "NaN", help: "" };
  const state = after(began(0, 10), { type: "ended", contestant: 0, error });
  assert.deepEqual(state.racers[0]?.error, error);
  assert.ok(isOpen(state));
});

test("contestants are drawn on one axis, with gaps where they were not measured", () => {
  const { racers } = after(began(0, 10), began(1, 20), point(0, 1, 100, 0.5), point(1, 2, 100, 0.25), point(0, 3, 300, 0.75));
  assert.deepEqual(columns(racers, "seconds"), [[1, 2, 3], [0.5, null, 0.75], [null, 0.25, null]]);
  assert.deepEqual(columns(racers, "images"), [[100, 300], [0.5, 0.75], [0.25, null]]);
  assert.deepEqual(columns(racers, "parameters"), [[10, 20], [0.75, null], [null, 0.25]]);
});

test("a small lead may be chance", () => {
  const done = (second: number): RaceState =>
    after(point(0, 9, 900, 0.9), point(1, 9, 900, second), { type: "finished", reason: "completed", ranking: [0, 1] });
  assert.match(result(done(0.89)), /chance may decide/);
  assert.doesNotMatch(result(done(0.5)), /chance/);
});
