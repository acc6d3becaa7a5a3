/** The status line in the header: what predicts, what trains. */
import type { App } from "../app.js";
import type { DeviceReport } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { byId, setText } from "../ui/dom.js";

/** Keeps the line up to date. */
export function showStatus(app: App): void {
  const line = byId("status", HTMLElement);
  let predicting = t("Loading the model…");
  let training = "";
  let idle = false;
  const show = (): void => {
    // A live region repeats a text that is set again.
    setText(line, [predicting, training].filter((part) => part !== "").join(" "));
    // Said aloud, but not worth a place on the screen for ever.
    line.toggleAttribute("data-idle", idle && training === "");
  };
  app.on("model", () => {
    predicting = t("Ready. Predictions run on the CPU.");
    idle = true;
    show();
  });
  app.on("model-missing", () => {
    predicting = t("The model is missing.");
    idle = false;
    show();
  });
  app.on("device", (device) => {
    training = t("Training runs on {device}.", { device: nameOf(device) });
    show();
  });
  app.on("trainer", (event) => {
    if (event.type !== "failed") return;
    const state = app.last("run")?.state;
    // A trainer that did not start has not interrupted anything.
    training = state === "running" || state === "paused" ? t("Training was interrupted.") : "";
    show();
  }, false);
  app.on("run", (run) => {
    if (run === null || run.state === "failed") return;
    training = t("Training runs on {device}.", { device: nameOf(run.device) });
    show();
  });
  show();
}

function nameOf({ kind, software }: DeviceReport): string {
  if (kind === "cpu") return t("the CPU");
  return t(software ? "a software adapter" : "the graphics card");
}
