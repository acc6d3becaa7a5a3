/** The user's corrections of a run's images: labels, and images to exclude. They apply from the next run on. */
import type { App } from "../app.js";
import { failure, plain, problem } from "../client/errors.js";
import type { Correction, PatchworkError } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import { keptWeights } from "../store/history.js";
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { byId } from "../ui/dom.js";
import { errorSentence, plural } from "../ui/format.js";

/** The corrections of the current run, for the parts that show its images. */
export interface Corrections {
  /** The decision for an image: a label, null to exclude it, or undefined to keep it as it is. */
  of(index: number): number | null | undefined;
  /** Sets a decision; undefined reverts it. */
  set(index: number, label: number | null | undefined): void;
  /** Switches to another run: the decisions for its images are kept separately. */
  show(run: RunRecord | null): void;
}

/** Connects the bar that shows the corrections; `changed` is called after each decision. */
export function corrections(app: App, fits: () => boolean, changed: () => void): Corrections {
  const bar = byId("results-corrections", HTMLElement);
  const words = byId("results-corrections-text", HTMLElement);
  const go = byId("results-corrections-train", HTMLButtonElement);
  const note = byId("results-corrections-note", HTMLElement);
  const byRun = new Map<string, Map<number, number | null>>();
  let run: RunRecord | null = null;
  let busy = false;

  const own = (): Map<number, number | null> => (run && byRun.get(run.id)) ?? new Map<number, number | null>();
  const trains = (): boolean => {
    const state = app.last("run")?.state;
    return state === "running" || state === "paused";
  };
  const show = (): void => {
    bar.hidden = own().size === 0;
    words.textContent = inWords([...own().values()]);
    go.disabled = busy || trains() || !fits();
    note.textContent = trains() ? t("They can be used when this run has ended: let it finish, or stop it.") : "";
  };
  /** Corrects the data, and continues training from the best weights of the run. */
  const trainOn = async (record: RunRecord): Promise<void> => {
    if (!fits()) throw failure(otherData());
    const weights = await keptWeights(app.store, record, "best");
    const all = [...own()].map(([index, label]): Correction => ({ index, label }));
    app.emit("data", await app.trainer.call("correct", { corrections: all }));
    byRun.delete(record.id);
    app.emit("start-from", { weights, model: record.settings.model, name: record.name });
    byId("run", HTMLElement).scrollIntoView();
  };
  go.addEventListener("click", () => {
    if (!run || busy) return;
    busy = true;
    show();
    void trainOn(run)
      .then(show, (error: unknown) => void (note.textContent = errorSentence(plain(error, "file"))))
      .finally(() => {
        busy = false;
        go.disabled = trains() || !fits();
      });
  });
  byId("results-corrections-undo", HTMLButtonElement).addEventListener("click", () => {
    if (run) byRun.delete(run.id);
    announce(t("All corrections were taken back"));
    show();
    changed();
  });
  app.on("run", show, false);
  return {
    of: (index) => own().get(index),
    set(index, label) {
      if (!run) return;
      const all = own();
      if (label === undefined) all.delete(index);
      else all.set(index, label);
      byRun.set(run.id, all);
      show();
      changed();
    },
    show(record) {
      run = record;
      show();
    },
  };
}

function otherData(): PatchworkError {
  return problem("data", t("The images of this run are not the ones at hand"),
    t("Resume the run, or add its files again, then correct them"));
}

/** Corrections in words. */
export function inWords(labels: readonly (number | null)[]): string {
  const out = labels.filter((label) => label === null).length;
  const parts = [
    labels.length > out ? t("{images} relabelled", { images: plural(labels.length - out, "image") }) : "",
    out > 0 ? t("{images} left out", { images: plural(out, "image") }) : "",
  ];
  return `${parts.filter((part) => part !== "").join(", ")}.`;
}
