/** The state of a run and the actions it allows: plain data, independent of the page. */
import type { Event, Reason } from "../protocol/engine.js";
import { t, type Text } from "../text/language.js";

/** The phase of a run. */
export type Phase = "idle" | "starting" | "running" | "paused" | "finished" | "failed";

/** What the user can request. */
export type RunAction = "start" | "pause" | "step" | "resume" | "stop" | "reset";

/** The whole state of the controls. */
export interface RunState {
  phase: Phase;
  /** The request that has not been answered yet. */
  pending: RunAction | null;
  /** Why the run ended, if it has. */
  reason: Reason | null;
  /** Whether there is a checkpoint from which an ended run can be resumed. */
  resumable: boolean;
}

/** Events that change the state. */
export type Input =
  | { type: "asked"; action: RunAction }
  /** A kept run is being resumed from its checkpoint, whatever the current state. */
  | { type: "taking-up" }
  /** The request failed. */
  | { type: "refused" }
  /** The trainer has started or resumed a run. */
  | { type: "begun"; paused: boolean }
  /** Whether there is a checkpoint. */
  | { type: "kept"; resumable: boolean }
  | { type: "session"; event: Event }
  | { type: "failed"; resumable: boolean }
  | { type: "left" };

/** The initial state. */
export const IDLE: RunState = { phase: "idle", pending: null, reason: null, resumable: false };

/** The state after an event. */
export function next(state: RunState, input: Input): RunState {
  switch (input.type) {
    case "asked": return asked(state, input.action);
    case "taking-up": return { ...IDLE, phase: "starting", pending: "resume" };
    case "refused": return refused(state);
    case "begun": return { ...IDLE, phase: input.paused ? "paused" : "running" };
    case "kept": return { ...state, resumable: input.resumable };
    case "session": return session(state, input.event);
    case "failed": return { ...IDLE, phase: "failed", resumable: input.resumable };
    case "left": return IDLE;
  }
}

function asked(state: RunState, action: RunAction): RunState {
  if (!allowed(state, action)) return state;
  return { ...state, pending: action, phase: action === "start" ? "starting" : state.phase };
}

function refused(state: RunState): RunState {
  return state.phase === "starting" ? IDLE : { ...state, pending: null };
}

function session(state: RunState, event: Event): RunState {
  // Late events of a run that has ended change nothing.
  if (state.phase === "finished" || state.phase === "failed") return state;
  switch (event.type) {
    case "paused": return { ...state, phase: "paused", pending: null };
    case "resumed": return { ...state, phase: "running", pending: null };
    case "finished": return { phase: "finished", pending: null, reason: event.reason, resumable: state.resumable };
    case "progress":
    case "evaluating": return worked(state);
    case "epoch":
    case "tested": return state;
  }
}

/** Work was done: in a paused run, that was the requested step. */
function worked(state: RunState): RunState {
  return state.pending === "step" ? { ...state, pending: null } : state;
}

/** Whether the action is possible now. */
export function allowed(state: RunState, action: RunAction): boolean {
  if (state.pending) return false;
  switch (action) {
    case "start": return state.phase === "idle" || state.phase === "finished" || state.phase === "failed";
    case "pause": return state.phase === "running";
    case "step": return state.phase === "paused";
    case "resume": return state.phase === "paused" || canGoOn(state);
    case "stop": return state.phase === "running" || state.phase === "paused";
    case "reset": return state.phase === "paused" || state.phase === "finished" || state.phase === "failed";
  }
}

/** Which of start, pause and resume is the next action: it is on the main button. */
export function mainAction(state: RunState): "start" | "pause" | "resume" {
  const { pending, phase } = state;
  if (pending === "start" || pending === "pause" || pending === "resume") return pending;
  if (phase === "running") return "pause";
  return phase === "paused" || canGoOn(state) ? "resume" : "start";
}

/** Whether an ended run can be resumed from its checkpoint. */
function canGoOn(state: RunState): boolean {
  return state.resumable && (state.phase === "failed" || (state.phase === "finished" && state.reason === "stopped"));
}

const PENDING = {
  start: "Starting…",
  pause: "Pausing…",
  step: "Taking one step…",
  resume: "Resuming…",
  stop: "Stopping…",
  reset: "Leaving the run…",
} as const satisfies Record<RunAction, Text>;

const ENDED = {
  completed: "Finished: all epochs are done.",
  "early-stop": "Finished early: validation had not improved for a while.",
  stopped: "Stopped. The model is kept.",
} as const satisfies Record<Reason, Text>;

/** The state in words. */
export function describe(state: RunState): string {
  if (state.pending) return t(PENDING[state.pending]);
  switch (state.phase) {
    case "idle": return t("Ready.");
    case "starting": return t("Starting…");
    case "running": return t("Training.");
    case "paused": return t("Paused.");
    case "finished": return t(state.reason ? ENDED[state.reason] : "Finished.");
    case "failed": return t("The run was interrupted.");
  }
}
