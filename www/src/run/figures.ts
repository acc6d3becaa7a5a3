/** The figures of a run in training: how far, how fast, how good. */
import type { EpochRow, Part, Progress } from "../protocol/engine.js";
import { byId } from "../ui/dom.js";
import { duration, integer, percent, significant } from "../ui/format.js";

/** How far a run is, 0 to 1. */
export function shareOf(progress: Progress): number {
  return (progress.epoch - 1 + progress.step / progress.steps_per_epoch) / progress.epochs;
}

/** The epoch with the best validation accuracy; the lower loss decides a tie, then the earlier epoch. */
export function bestRow(rows: EpochRow[]): EpochRow | null {
  let best: EpochRow | null = null;
  for (const row of rows) if (row.validation_accuracy !== null && (!best || better(row, best))) best = row;
  return best;
}

function better(row: EpochRow, than: EpochRow): boolean {
  const [a, b] = [row.validation_accuracy ?? 0, than.validation_accuracy ?? 0];
  return a > b || (a === b && (row.validation_loss ?? Infinity) < (than.validation_loss ?? Infinity));
}

const text = (id: string): HTMLElement => byId(id, HTMLElement);

/** Shows what a few steps gave. */
export function showProgress(progress: Progress, batchSize: number): void {
  const share = shareOf(progress);
  byId("run-epoch-bar", HTMLProgressElement).value = progress.step / progress.steps_per_epoch;
  byId("run-total-bar", HTMLProgressElement).value = share;
  text("run-epoch-text").textContent = `step ${integer(progress.step)} of ${integer(progress.steps_per_epoch)}`;
  text("run-total-text").textContent = `epoch ${progress.epoch} of ${progress.epochs}, ${percent(share, 0)}`;
  text("run-left").textContent = duration(progress.seconds_left);
  text("run-speed").textContent = integer(progress.images_per_second);
  text("run-step-time").textContent = duration(batchSize / progress.images_per_second);
  text("run-rate").textContent = significant(progress.learning_rate, 3);
}

/** Shows that images are being evaluated, in place of the steps of the epoch. */
export function showEvaluating(part: Part, done: number, total: number): void {
  byId("run-epoch-bar", HTMLProgressElement).value = total > 0 ? done / total : 1;
  const what = part === "validation" ? "validating" : "testing";
  text("run-epoch-text").textContent = `${what} ${integer(done)} of ${integer(total)}`;
}

/** Shows the best epoch so far. */
export function showBest(rows: EpochRow[]): void {
  const best = bestRow(rows);
  text("run-best").textContent = best ? `${percent(best.validation_accuracy ?? NaN)} (epoch ${best.epoch})` : "–";
}

/** Shows when the last checkpoint was written. */
export function showSaved(at: number): void {
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  text("run-saved").textContent = new Date(at).toLocaleTimeString("en-GB", options);
}

/** Shows how far a run is that was taken up, or its end. */
export function showEpochsDone(done: number, epochs: number): void {
  byId("run-total-bar", HTMLProgressElement).value = epochs > 0 ? done / epochs : 0;
  text("run-total-text").textContent = `${done} of ${epochs} epochs done`;
}

/** Nothing is left to do. */
export function showEnd(): void {
  text("run-epoch-text").textContent = "–";
  text("run-left").textContent = "–";
}

/** As before the first run. */
export function clearFigures(): void {
  for (const id of ["run-epoch-bar", "run-total-bar"]) byId(id, HTMLProgressElement).value = 0;
  const all = ["epoch-text", "total-text", "left", "speed", "step-time", "rate", "best", "saved"];
  for (const id of all) text(`run-${id}`).textContent = "–";
}
