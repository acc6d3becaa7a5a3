/** The status line in the header: what predicts, what trains. */
import type { App } from "../app.js";
import type { DeviceReport } from "../protocol/messages.js";
import { byId } from "../ui/dom.js";

/** Keeps the line up to date. */
export function showStatus(app: App): void {
  const line = byId("status", HTMLElement);
  let predicting = "Loading the model…";
  let training = "";
  let idle = false;
  const show = (): void => {
    const text = [predicting, training].filter((part) => part !== "").join(" ");
    // A live region repeats a text that is set again.
    if (line.textContent !== text) line.textContent = text;
    // Said aloud, but not worth a place on the screen for ever.
    line.toggleAttribute("data-idle", idle && training === "");
  };
  app.on("model", () => {
    predicting = "Ready. Predictions run on the CPU.";
    idle = true;
    show();
  });
  app.on("model-missing", () => {
    predicting = "The model is missing.";
    idle = false;
    show();
  });
  app.on("device", (device) => {
    training = `Training runs on ${nameOf(device)}.`;
    show();
  });
  app.on("trainer", (event) => {
    if (event.type !== "failed") return;
    const state = app.last("run")?.state;
    // A trainer that did not start has not interrupted anything.
    training = state === "running" || state === "paused" ? "Training was interrupted." : "";
    show();
  }, false);
  app.on("run", (run) => {
    if (run === null || run.state === "failed") return;
    training = `Training runs on ${nameOf(run.device)}.`;
    show();
  });
  show();
}

function nameOf({ kind, software }: DeviceReport): string {
  if (kind === "cpu") return "the CPU";
  return software ? "a software adapter" : "the graphics card";
}
