/**
 * Predictions on a file by any available model: the one on the canvas, the shipped one, a run's best, or a loaded file.
 */
import type { ActiveModel, App } from "../app.js";
import { plain } from "../client/errors.js";
import type { FileReport } from "../protocol/engine.js";
import { keptWeights } from "../store/history.js";
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { el } from "../ui/dom.js";
import { capital, errorSentence, integer } from "../ui/format.js";
import { shortened } from "../ui/names.js";
import { fileName, saveFile } from "../ui/save.js";

/** An available model. */
interface Choice {
  id: string;
  label: string;
  weights(): Promise<Uint8Array>;
}

/** The prediction panels of files, each created once. */
export interface Predictions {
  panel(file: FileReport): HTMLElement;
}

/** Connects the panels to the available models. */
export function createPredictions(app: App): Predictions {
  const panels = new Map<string, Panel>();
  /** The newest model from each source. */
  const seen = new Map<ActiveModel["source"], { label: string; weights: Uint8Array }>();
  const choices = (): Choice[] => choicesOf(app, seen);
  const refresh = (): void => {
    for (const panel of panels.values()) panel.refresh(choices());
  };
  app.on("use-model", ({ source, label, weights }) => {
    seen.set(source, { label, weights });
    refresh();
  });
  app.on("model", refresh);
  app.on("run", refresh);
  app.on("trainer", (event) => {
    if (event.type !== "predicting") return;
    for (const panel of panels.values()) panel.progress(event.id, event.done, event.total);
  }, false);
  return {
    panel(file) {
      // Another worker may reuse the number for another file.
      const key = `${app.last("data")?.holder} ${file.id}`;
      const panel = panels.get(key) ?? makePanel(app, file);
      panels.set(key, panel);
      panel.refresh(choices());
      return panel.element;
    },
  };
}

function choicesOf(app: App, seen: ReadonlyMap<ActiveModel["source"], { label: string; weights: Uint8Array }>): Choice[] {
  const found: Choice[] = [];
  const active = app.last("model");
  if (active) {
    const label = t("The model on the canvas: {name}", { name: shortened(active.label) });
    // Looked up when needed: the model in training changes.
    found.push({ id: "canvas", label, weights: async () => app.last("model")?.weights ?? active.weights });
  }
  const run = app.last("run");
  if (run && run.epochs.length > 0) {
    const weights = async (): Promise<Uint8Array> => keptWeights(app.store, app.last("run") ?? run, "best");
    found.push({ id: "best", label: t("The best epoch of “{name}”", { name: shortened(run.name) }), weights });
  }
  for (const source of ["shipped", "file", "epoch"] as const) {
    const one = seen.get(source);
    if (!one || one.label === active?.label) continue;
    found.push({ id: source, label: capital(shortened(one.label)), weights: async () => one.weights });
  }
  return found;
}

interface Panel {
  element: HTMLElement;
  refresh(choices: Choice[]): void;
  progress(id: number, done: number, total: number): void;
}

function makePanel(app: App, file: FileReport): Panel {
  const select = el("select", { id: `data-predict-model-${file.id}` });
  const button = el("button", { type: "button", id: `data-predict-${file.id}` }, t("Download predictions (CSV)"));
  const note = el("span", { class: "quiet small", role: "status" });
  let choices: Choice[] = [];
  let busy = false;

  const predict = async (choice: Choice): Promise<void> => {
    busy = true;
    refresh(choices);
    note.textContent = t("Predicting…");
    try {
      const table = await app.trainer.call("predict", { id: file.id, weights: await choice.weights() });
      saveFile(`submission-${fileName(file.name)}.csv`, table, "text/csv");
      note.textContent = t("Saved to your downloads: {count} predictions.", { count: integer(file.images) });
      announce(note.textContent);
    } catch (error) {
      note.textContent = errorSentence(plain(error, "file"));
    }
    busy = false;
    refresh(choices);
  };
  button.addEventListener("click", () => {
    const choice = choices.find(({ id }) => id === select.value);
    if (choice && !busy) void predict(choice);
  });
  const refresh = (next: Choice[]): void => {
    const chosen = select.value;
    const changed = next.map(({ id, label }) => id + label).join() !== choices.map(({ id, label }) => id + label).join();
    choices = next;
    if (changed) {
      select.replaceChildren(...next.map(({ id, label }) => el("option", { value: id }, label)));
      if (next.some(({ id }) => id === chosen)) select.value = chosen;
    }
    // It keeps the focus while it works.
    button.setAttribute("aria-disabled", String(busy));
    button.disabled = choices.length === 0;
  };
  return {
    element: el("div", { class: "row data-predict" },
      el("label", { for: select.id }, t("Predict with")), select, button, note),
    refresh,
    progress(id, done, total) {
      if (busy && id === file.id) note.textContent = t("{count} of {total} images", { count: integer(done), total: integer(total) });
    },
  };
}
