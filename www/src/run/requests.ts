/** The user's requests to the trainer: start, pause, step, resume, stop, leave; and the messages when they fail. */
import type { App } from "../app.js";
import { plain } from "../client/errors.js";
import type { Command, PatchworkError } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import type { Action as Button } from "../ui/dom.js";
import { begin, openDevice, type Given } from "./begin.js";
import type { RunControls } from "./run-controls.js";
import { hideKept } from "./kept.js";
import { clearNotices, showFailure } from "./notices.js";
import { allowed, type RunAction } from "./state.js";

/** The session command of each button that has one. */
const COMMANDS: Partial<Record<RunAction, Command["type"]>> = {
  pause: "pause", step: "step-once", resume: "resume", stop: "stop",
};

/** How the page responds to requests. */
export interface RequestHandlers {
  /** The run shown. */
  run(): RunRecord | null;
  /** Clears the page for another run. */
  clear(): void;
  /** The trainer has started or resumed this run. */
  taken(run: RunRecord): void;
  /** Whether a run is being started has changed. */
  asked(): void;
  /** The run was left. */
  left(): void;
}

/** The possible requests. */
export interface Requests {
  press(action: RunAction): Promise<void>;
  start(given: Given | null): Promise<void>;
  resume(id: string, device?: "cpu"): Promise<void>;
}

/** Connects the requests to the trainer. */
export function requests(app: App, controls: RunControls, around: RequestHandlers): Requests {
  const refuse = (error: unknown, buttons: Button[] = []): void => {
    // An event came first: the run has ended, or the trainer failed and reported it, with more options.
    if (controls.state.pending === null) return;
    controls.dispatch({ type: "refused" });
    around.asked();
    showFailure(plain(error), buttons);
  };

  const command = async (action: RunAction): Promise<void> => {
    controls.dispatch({ type: "asked", action });
    const type = COMMANDS[action];
    if (type) return void await app.trainer.call("command", { command: { type } });
    await app.trainer.call("reset", {});
    around.left();
    controls.dispatch({ type: "left" });
  };

  const start = async (given: Given | null): Promise<void> => {
    const problem = whyNot(app, controls, given);
    if (problem) return showFailure(problem, []);
    around.clear();
    controls.dispatch({ type: "asked", action: "start" });
    around.asked();
    try {
      around.taken(await begin(app, given, controls.showStatus));
      announce(t("Training has started."));
    } catch (error) {
      refuse(error, onCpu(app, error, () => void start(given)));
    }
  };

  const resume = async (id: string, device?: "cpu"): Promise<void> => {
    if (controls.state.phase === "running" || controls.state.pending) return;
    clearNotices();
    hideKept();
    controls.dispatch({ type: "taking-up" });
    try {
      if (device) app.emit("device", await app.trainer.call("open", { device }));
      else await openDevice(app, controls.showStatus);
      if (around.run()?.id !== id) around.clear();
      controls.showStatus(t("Resuming from the last checkpoint…"));
      around.taken(await app.trainer.call("resume", { id }));
      announce(t("Training continues."));
    } catch (error) {
      refuse(error, [{ label: t("Try again"), run: () => void resume(id, device) }]);
    }
  };

  return {
    async press(action) {
      if (!allowed(controls.state, action)) return;
      const kept = controls.state.phase !== "paused" && action === "resume" ? around.run() : null;
      if (action === "start") return start(null);
      if (kept) return resume(kept.id);
      await command(action).catch(refuse);
    },
    start,
    resume,
  };
}

/** If a chosen graphics card is not available, offers a button that switches to the CPU and starts. */
function onCpu(app: App, error: unknown, start: () => void): Button[] {
  if (app.last("settings")?.device !== "gpu" || plain(error).kind !== "device") return [];
  const run = (): void => {
    app.emit("use-device", "cpu");
    start();
  };
  return [{ label: t("Train on the CPU"), run }];
}

/** Why a run cannot start now; null if it can. */
function whyNot(app: App, controls: RunControls, given: Given | null): PatchworkError | Error | null {
  if (!allowed(controls.state, "start")) {
    return new Error(t("There is already a run. Stop it, or reset it if it is paused, then start again."));
  }
  const chosen = app.last("settings");
  if (!chosen || chosen.valid || given) return null;
  return chosen.error ?? new Error(t("These settings are not possible. Change them first."));
}
