/**
 * What a run learned: its confusion matrix, mistakes and samples at any kept epoch, its figures and downloads at the
 * end.
 */
import type { App } from "../app.js";
import type { EpochDetail } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { decimal, integer, percent } from "../ui/format.js";
import { showCards } from "./cards.js";
import { matrix, type Cell } from "./confusion.js";
import { corrections } from "./corrections.js";
import { modelFile } from "./file.js";
import { showFinal } from "./final.js";
import { mistakesPanel } from "./mistakes.js";
import { openedImage } from "./opened.js";
import { pictures, sameImages, type Pictures } from "./pictures.js";
import { scrub } from "./scrub.js";
import { correct, interval, total } from "./wilson.js";

/** Starts the results part of the page. */
export function mount(app: App): void {
  let run: RunRecord | null = null;
  /** The trainer's run, if the user has switched from it to another one. */
  let left: string | null = null;
  /** The requested epoch; null for the newest. */
  let wanted: number | null = null;
  let detail: EpochDetail | null = null;
  let cell: Cell | null = null;
  const fits = (): boolean => run !== null && sameImages(run, app.last("data"));
  const images = ofShownRun(pictures(app), fits);
  const choose = (chosen: Cell | null): void => {
    cell = chosen;
    showMatrix();
  };
  const grid = matrix(byId("results-confusion", HTMLElement), byId("results-legend", HTMLElement), choose);
  const corrected = corrections(app, fits, () => opened.refresh());
  const opened = openedImage(app, () => names(), corrected);
  const mistakes = mistakesPanel(opened.open, images, () => choose(null));
  const set = byId("results-set-test", HTMLInputElement);
  const test = (): boolean => set.checked && run !== null && run.test !== null;

  // Runs saved before classes had names have none.
  const names = (): readonly string[] => run?.data.material.class_names ?? [];
  const showMatrix = (): void => {
    if (!detail || !run) return;
    const confusion = test() ? (run.test?.confusion ?? detail.confusion) : detail.confusion;
    grid.show(confusion, names(), cell);
    mistakes.show(detail, confusion, names(), cell, test());
  };
  const showDetail = (next: EpochDetail): void => {
    detail = next;
    byId("results-none", HTMLElement).hidden = true;
    byId("results-body", HTMLElement).hidden = false;
    byId("results-line", HTMLElement).textContent = line(run?.name ?? "", next);
    showMatrix();
    void showCards(opened.open, images, byId("results-samples", HTMLElement), next.samples, names());
  };
  const load = newestWins(async (record: RunRecord, epoch: number, use: boolean) => {
    const kept = await app.store.epoch(record.id, epoch).catch(() => null);
    if (!kept || run?.id !== record.id) return;
    showDetail(kept.detail);
    const label = t("epoch {epoch} of “{name}”", { epoch, name: record.name });
    if (use) app.emit("use-model", { source: "epoch", label, weights: kept.weights });
  });
  const slider = scrub((epoch) => {
    if (!run) return;
    wanted = epoch;
    const current = isCurrent(app, run);
    // The newest model of the current run is the live one, which the run part offers.
    if (current) app.emit("epoch-shown", epoch);
    const shown = epoch ?? run.epochs.at(-1);
    if (shown !== undefined) load(run, shown, epoch !== null || !current);
  });

  const showRun = (record: RunRecord): void => {
    const another = record.id !== run?.id;
    run = record;
    corrected.show(record);
    if (another) {
      [wanted, detail, cell] = [null, null, null];
      opened.close();
      app.emit("epoch-shown", null);
      slider.reset();
    }
    slider.setRun(record);
    byId("results-set", HTMLElement).hidden = record.test === null;
    showFinal(app, record);
    const newest = record.epochs.at(-1);
    if (another && newest !== undefined) load(record, newest, false);
    else if (another) hide();
  };
  app.on("run", (record) => {
    if (record && record.id === left) return;
    left = null;
    if (record) return showRun(record);
    run = null;
    corrected.show(null);
    opened.close();
    hide();
  });
  app.on("show-run", (record) => {
    left = isCurrent(app, record) ? null : (app.last("run")?.id ?? null);
    showRun(record);
    byId("results", HTMLElement).scrollIntoView();
  }, false);
  app.on("trainer", (event) => {
    if (event.type === "epoch" && wanted === null && run && isCurrent(app, run)) showDetail(event.detail);
  }, false);
  // A file without labels may be added after the end of the run.
  app.on("data", () => {
    if (run) showFinal(app, run);
  }, false);
  byId("results-set", HTMLElement).addEventListener("change", () => choose(null));
  modelFile(app);
}

/** Whether the trainer has this run. */
function isCurrent(app: App, run: RunRecord): boolean {
  return app.last("run")?.id === run.id;
}

function hide(): void {
  byId("results-none", HTMLElement).hidden = false;
  byId("results-body", HTMLElement).hidden = true;
}

/** The images, if they are those of the run shown. */
function ofShownRun(pictures: Pictures, fits: () => boolean): Pictures {
  return { get: (indices) => (fits() ? pictures.get(indices) : Promise.resolve(null)) };
}

/** Runs one call at a time; of those made in the meantime, only the last. */
function newestWins<T extends unknown[]>(run: (...values: T) => Promise<void>): (...values: T) => void {
  let waiting: T | null = null;
  let busy = false;
  const work = async (): Promise<void> => {
    busy = true;
    while (waiting) {
      const values = waiting;
      waiting = null;
      await run(...values);
    }
    busy = false;
  };
  return (...values) => {
    waiting = values;
    if (!busy) void work();
  };
}

function line(name: string, { epoch, loss, confusion }: EpochDetail): string {
  const [low, high] = interval(confusion);
  const images = total(confusion);
  if (images === 0) return t("“{name}” after epoch {epoch}: no validation images were held back.", { name, epoch });
  return t("“{name}” after epoch {epoch}: {share} of {count} validation images correct (95 % interval {low} to {high}), loss {loss}.", {
    name, epoch, share: percent(correct(confusion) / images, 2), count: integer(images), low: percent(low, 1), high: percent(high, 1),
    loss: decimal(loss, 4),
  });
}
