/** The end of a run: its results, its weakest point, and ways to continue. */
import type { App } from "../app.js";
import type { Confusion } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import { bestRow, keptWeights } from "../store/history.js";
import { t } from "../text/language.js";
import { byId, el, showError } from "../ui/dom.js";
import { duration, integer, percent, plural } from "../ui/format.js";
import { className, inSentence } from "../ui/names.js";

/** Shows the end of a run; null while there is none. */
export function endPanel(app: App): (run: RunRecord | null) => void {
  const host = byId("run-end", HTMLElement);
  let shown = "";
  return (run) => {
    host.hidden = run === null;
    if (!run) return;
    const texts = [reached(run), weakness(run)].filter((text) => text !== "");
    const key = JSON.stringify([run.id, texts]);
    // Keep an unchanged panel: the focus may be in it.
    if (key === shown && host.childElementCount > 0) return;
    shown = key;
    host.replaceChildren(
      ...texts.map((text) => el("p", {}, text)),
      el("div", { class: "row" },
        el("a", { class: "button", id: "run-end-draw", href: "#draw" }, t("Draw a digit for it")),
        el("button", { type: "button", id: "run-end-longer", onclick: () => void longer(app, run) }, t("Train longer")),
        el("button", { type: "button", id: "run-end-mistakes", onclick: toMistakes }, t("See its mistakes"))),
    );
  };
}

/** Continues training from the best weights, for as many epochs as the settings now say. */
async function longer(app: App, run: RunRecord): Promise<void> {
  try {
    const weights = await keptWeights(app.store, app.last("run") ?? run, "best");
    app.emit("start-from", { weights, model: run.settings.model, name: run.name });
  } catch (error) {
    showError(error as Error);
  }
}

function toMistakes(): void {
  byId("results", HTMLElement).scrollIntoView();
  byId("results-mistakes-title", HTMLElement).focus({ preventScroll: true });
}

/** The results, in words. */
export function reached({ history, test, data }: RunRecord): string {
  const best = bestRow(history);
  const last = history.at(-1);
  if (!last) return "";
  const time = t("{epochs} in {time}", { epochs: plural(history.length, "epoch"), time: duration(last.seconds) });
  if (best?.validation_accuracy === undefined || best.validation_accuracy === null) return `${time}.`;
  const { validation, test: tested } = data.material;
  const found = { time, share: percent(best.validation_accuracy), count: integer(validation), epoch: best.epoch };
  if (!test) return t("{time}: {share} of {count} validation images correct in epoch {epoch}.", found);
  return t("{time}: {share} of {count} validation images correct in epoch {epoch}; {final} of {tested} test images, which it had never seen.",
    { ...found, final: percent(test.accuracy), tested: integer(tested) });
}

/** The mistake with the largest share of its class. */
export function weakest(confusion: Confusion): { label: number; prediction: number; count: number; of: number } | null {
  let found: { label: number; prediction: number; count: number; of: number } | null = null;
  confusion.forEach((row, label) => {
    const of = row.reduce((sum, count) => sum + count, 0);
    row.forEach((count, prediction) => {
      if (prediction === label || count === 0) return;
      if (!found || count / of > found.count / found.of) found = { label, prediction, count, of };
    });
  });
  return found;
}

/** The weakest point, in words; empty if there is none. */
function weakness({ test, data }: RunRecord): string {
  if (!test) return "";
  const worst = weakest(test.confusion);
  if (!worst) return t("It made no mistake on the test images.");
  const names = data.material.class_names;
  const { label, prediction, count, of } = worst;
  return t("Weakest: {label} is predicted as {prediction} most often ({count} of {all} images of {class} in the test).", {
    label: inSentence(names, label), prediction: inSentence(names, prediction), count: integer(count), all: integer(of),
    class: className(names, label),
  });
}
