import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event, Progress } from "../src/protocol/engine.js";
import { allowed, describe, IDLE, mainAction, next, type RunAction, type Input, type RunState } from "../src/run/state.js";

const ACTIONS: RunAction[] = ["start", "pause", "step", "resume", "stop", "reset"];

const progress: Event = { type: "progress", ...({ epoch: 1, step: 1 } as Progress) };
const said = (event: Event): Input => ({ type: "session", event });
const after = (...inputs: Input[]): RunState => inputs.reduce(next, IDLE);
const possible = (state: RunState): RunAction[] => ACTIONS.filter((action) => allowed(state, action));

const begun: Input = { type: "begun", paused: false };
const paused = said({ type: "paused" });
const stopped = said({ type: "finished", reason: "stopped" });
const asked = (action: RunAction): Input => ({ type: "asked", action });

test("the possible requests in every state of a run", () => {
  assert.deepEqual(possible(IDLE), ["start"]);
  assert.deepEqual(possible(after(asked("start"))), []);
  assert.deepEqual(possible(after(begun)), ["pause", "stop"]);
  assert.deepEqual(possible(after(begun, paused)), ["step", "resume", "stop", "reset"]);
  assert.deepEqual(possible(after(begun, said({ type: "finished", reason: "completed" }))), ["start", "reset"]);
  assert.deepEqual(possible(after({ type: "failed", resumable: false })), ["start", "reset"]);
  assert.deepEqual(possible(after({ type: "failed", resumable: true })), ["start", "resume", "reset"]);
});

test("only a stopped run can be resumed from its checkpoint, not a finished one", () => {
  const kept: Input = { type: "kept", resumable: true };
  assert.ok(allowed(after(begun, kept, stopped), "resume"));
  assert.ok(!allowed(after(begun, stopped), "resume"));
  assert.ok(!allowed(after(begun, kept, said({ type: "finished", reason: "early-stop" })), "resume"));
});

test("one request at a time, until it is answered or refused", () => {
  const pausing = after(begun, asked("pause"));
  assert.equal(describe(pausing), "Pausing…");
  assert.deepEqual(possible(pausing), []);
  assert.equal(next(pausing, asked("stop")), pausing);
  assert.equal(next(pausing, { type: "refused" }).pending, null);
  assert.equal(next(pausing, paused).phase, "paused");
  // A step that was in progress does not answer the request for a pause.
  assert.equal(next(pausing, said(progress)).pending, "pause");
  assert.equal(after(begun, paused, asked("step"), said(progress)).pending, null);
});

test("a start that is refused leaves nothing behind", () => {
  assert.deepEqual(after(asked("start"), { type: "refused" }), IDLE);
  assert.deepEqual(after({ type: "taking-up" }, { type: "refused" }), IDLE);
});

test("late messages of an ended run change nothing", () => {
  const over = after(begun, stopped);
  assert.equal(next(over, paused), over);
  const failed = after(begun, { type: "failed", resumable: true });
  assert.equal(next(failed, said(progress)), failed);
});

test("one button has the next thing to do", () => {
  assert.equal(mainAction(IDLE), "start");
  assert.equal(mainAction(after(asked("start"))), "start");
  assert.equal(mainAction(after(begun)), "pause");
  assert.equal(mainAction(after(begun, paused)), "resume");
  assert.equal(mainAction(after(begun, paused, asked("step"))), "resume");
  assert.equal(mainAction(after(begun, { type: "kept", resumable: true }, stopped)), "resume");
  assert.equal(mainAction(after(begun, said({ type: "finished", reason: "completed" }))), "start");
  assert.equal(mainAction(after({ type: "failed", resumable: false })), "start");
  assert.equal(mainAction(after({ type: "failed", resumable: true })), "resume");
});
