/** The end of a run: its test results and its downloads. */
import type { App } from "../app.js";
import { failure, plain, problem } from "../client/errors.js";
import type { PatchworkError } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import { keptWeights, metricsCsv } from "../store/history.js";
import { t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { decimal, errorSentence, integer, percent } from "../ui/format.js";
import { shortened } from "../ui/names.js";
import { fileName, saveFile } from "../ui/save.js";
import { interval, total } from "./wilson.js";

const WEIGHTS = "application/octet-stream";

/** Shows the test results and the downloads of a run. */
export function showFinal(app: App, run: RunRecord): void {
  byId("results-test", HTMLElement).textContent = testText(run);
  const buttons = offers(app, run).map(({ label, id, make, save }) => el("button", {
    type: "button", id: `results-${id}`, onclick: () => void take(make, save),
  }, label));
  const host = byId("results-downloads", HTMLElement);
  // Keep unchanged buttons: one of them may have the focus.
  const key = [run.id, ...buttons.map(({ id }) => id)].join();
  if (host.dataset["shown"] === key) return;
  host.dataset["shown"] = key;
  host.replaceChildren(...buttons);
}

/** The test results in words. */
function testText({ test, state, history }: RunRecord): string {
  if (test) {
    const [low, high] = interval(test.confusion);
    return t("Test: {share} of {count} images correct (95 % interval {low} to {high}), loss {loss}. The best epoch was tested on images it had never seen.", {
      share: percent(test.accuracy, 2), count: integer(total(test.confusion)), low: percent(low, 2), high: percent(high, 2),
      loss: decimal(test.loss, 4),
    });
  }
  if (state === "finished") return t("No images were held back for a test.");
  return history.length > 0 ? t("The test images are used once, when training ends.") : "";
}

/** A download: its file is created on demand. */
interface Offer {
  id: string;
  label: string;
  make: () => Promise<Uint8Array | string>;
  save: (content: Uint8Array | string) => void;
}

function offers(app: App, run: RunRecord): Offer[] {
  return app.last("run")?.id === run.id ? ofTrainer(app, run) : ofStore(app, run);
}

function ofTrainer(app: App, run: RunRecord): Offer[] {
  const name = fileName(run.name);
  const { trainer } = app;
  // Evaluated when a file is requested: by then, another trainer may be running, without the run.
  const held = (): boolean => app.last("held") === run.id;
  const current = (): RunRecord => {
    const now = app.last("run");
    return now?.id === run.id ? now : run;
  };
  const fromTrainer = <T>(make: () => Promise<T>): (() => Promise<T>) =>
    () => (held() ? make() : Promise.reject(failure(notHeld())));
  const weightsOf = (which: "best" | "current"): Promise<Uint8Array> =>
    held() ? trainer.call("weights", { which }) : keptWeights(app.store, current(), which);
  const best = (): Promise<Uint8Array> => weightsOf("best");
  const weights = (which: "best" | "current"): Offer => ({
    id: `save-${which}`,
    label: which === "best" ? t("Best model") : t("Current model"),
    make: () => weightsOf(which),
    save: (content) => saveFile(`patchwork-${name}-${which}.safetensors`, content, WEIGHTS),
  });
  const unlabelled = (app.last("data")?.files ?? []).filter(({ part }) => part === "unlabelled");
  const submissions = unlabelled.map(({ id, name: file }): Offer => ({
    id: `save-submission-${id}`,
    label: t("Predictions for {name} (CSV)", { name: shortened(file, 40) }),
    make: async () => trainer.call("predict", { id, weights: await best() }),
    save: (content) => saveFile(`submission-${fileName(file)}.csv`, content, "text/csv"),
  }));
  return [
    weights("best"), weights("current"), ...submissions,
    {
      id: "save-metrics", label: t("Metrics (CSV)"),
      make: () => (held() ? trainer.call("metrics", {}) : Promise.resolve(metricsCsv(current().history))),
      save: (content) => saveFile(`patchwork-${name}-metrics.csv`, content, "text/csv"),
    },
    {
      id: "save-report", label: t("Report (HTML)"), make: fromTrainer(() => trainer.call("report", {})),
      save: (content) => saveFile(`patchwork-${name}-report.html`, content, "text/html"),
    },
  ];
}

function notHeld(): PatchworkError {
  return problem("device", t("The trainer was restarted and no longer has this run"),
    t("Resume the run, then download this file; the model can be downloaded now"));
}

/** The downloads of a kept run that need no trainer. */
function ofStore(app: App, run: RunRecord): Offer[] {
  return [
    {
      id: "save-best", label: t("Best model"), make: () => keptWeights(app.store, run, "best"),
      save: (content) => saveFile(`patchwork-${fileName(run.name)}-best.safetensors`, content, WEIGHTS),
    },
    {
      id: "save-metrics", label: t("Metrics (CSV)"), make: () => Promise.resolve(metricsCsv(run.history)),
      save: (content) => saveFile(`patchwork-${fileName(run.name)}-metrics.csv`, content, "text/csv"),
    },
  ];
}

async function take(make: Offer["make"], save: Offer["save"]): Promise<void> {
  const note = byId("results-downloads-note", HTMLElement);
  note.textContent = t("Preparing the file…");
  try {
    save(await make());
    note.textContent = t("Saved to your downloads.");
  } catch (error) {
    note.textContent = errorSentence(plain(error, "file"));
  }
}
