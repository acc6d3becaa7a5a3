/** The figures of a run in training: progress, speed and accuracy. */
import type { EpochRow, EvaluatedSplit, Progress } from "../protocol/engine.js";
import { bestRow } from "../store/history.js";
import { language, localeOf, t } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { duration, integer, percent, significant } from "../ui/format.js";

/** The progress of a run. */
export interface RunPosition {
  /** Counting from 1. */
  epoch: number;
  epochs: number;
  /** Completed steps of the epoch. */
  step: number;
  /** Steps per epoch; null while unknown. */
  steps: number | null;
}

/** The progress after a step. */
export function positionOf({ epoch, epochs, step, steps_per_epoch }: Progress): RunPosition {
  return { epoch, epochs, step, steps: steps_per_epoch };
}

/** The completed share of a run, 0 to 1. */
export function shareOf({ epoch, epochs, step, steps }: RunPosition): number {
  return epochs > 0 ? (epoch - 1 + shareOfEpoch(step, steps)) / epochs : 0;
}

function shareOfEpoch(step: number, steps: number | null): number {
  return steps ? step / steps : 0;
}

const text = (id: string): HTMLElement => byId(id, HTMLElement);

/** Shows the figures of the last steps. */
export function showProgress(progress: Progress, batchSize: number): void {
  showPlace(positionOf(progress));
  text("run-left").textContent = duration(progress.seconds_left);
  text("run-speed").textContent = integer(progress.images_per_second);
  text("run-step-time").textContent = duration(batchSize / progress.images_per_second);
  text("run-rate").textContent = significant(progress.learning_rate, 3);
}

/** Shows the progress of a run. */
export function showPlace(place: RunPosition): void {
  const { epoch, epochs, step, steps } = place;
  const share = shareOf(place);
  byId("run-epoch-bar", HTMLProgressElement).value = shareOfEpoch(step, steps);
  byId("run-total-bar", HTMLProgressElement).value = share;
  text("run-epoch-text").textContent = steps ? t("step {step} of {steps}", { step: integer(step), steps: integer(steps) }) : t("step {step}", { step: integer(step) });
  text("run-total-text").textContent = t("epoch {epoch} of {epochs}, {share}", { epoch, epochs, share: percent(share, 0) });
}

/** Shows that images are being evaluated, instead of the steps of the epoch. */
export function showEvaluating(part: EvaluatedSplit, done: number, total: number): void {
  byId("run-epoch-bar", HTMLProgressElement).value = total > 0 ? done / total : 1;
  const what = t(part === "validation" ? "validating" : "testing");
  text("run-epoch-text").textContent = t("{what} {count} of {total}", { what, count: integer(done), total: integer(total) });
}

/** Shows the best epoch so far. */
export function showBest(rows: EpochRow[]): void {
  const best = bestRow(rows);
  text("run-best").textContent = best ? t("{share} (epoch {epoch})", { share: percent(best.validation_accuracy ?? NaN), epoch: best.epoch }) : "–";
}

/** Shows when the last checkpoint was written. */
export function showSaved(at: number): void {
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  text("run-saved").textContent = new Date(at).toLocaleTimeString(localeOf(language()), options);
}

/** Shows that the run has ended. */
export function showEnd(): void {
  text("run-epoch-text").textContent = t("done");
  text("run-left").textContent = t("none");
}

/** Shows or hides bars, figures and curves, which need a run. */
export function showLive(on: boolean): void {
  text("run-live").hidden = !on;
}

/** Resets the figures to the state before the first run. */
export function clearFigures(): void {
  for (const id of ["run-epoch-bar", "run-total-bar"]) byId(id, HTMLProgressElement).value = 0;
  const all = ["epoch-text", "total-text", "left", "speed", "step-time", "rate", "best", "saved"];
  for (const id of all) text(`run-${id}`).textContent = "–";
  text("run-saved-note").textContent = "";
}
