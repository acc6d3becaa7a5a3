/** What the epochs of a run tell, and what can be had of a kept one. */
import type { EpochRow } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import type { Store } from "./store.js";

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

/** Steps of an epoch, as the epochs that are done tell. */
export function stepsPerEpoch(rows: EpochRow[]): number | null {
  const last = rows.at(-1);
  return last ? last.step / last.epoch : null;
}

const COLUMNS = [
  "epoch", "step", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate",
  "images_per_second", "seconds",
] as const;

/** The epochs of a kept run as `metrics.csv`, with the columns of the trainer's own. */
export function metricsCsv(rows: EpochRow[]): string {
  const lines = rows.map((row) => COLUMNS.map((column) => row[column] ?? "").join(","));
  return [COLUMNS.join(","), ...lines, ""].join("\n");
}

/** The weights of a kept run's best or current epoch: of the last that is kept, where that one is not. */
export async function keptWeights(store: Store, run: RunRecord, which: "best" | "current"): Promise<Uint8Array> {
  const best = which === "best" ? bestRow(run.history)?.epoch : undefined;
  const epoch = best !== undefined && run.epochs.includes(best) ? best : run.epochs.at(-1);
  const kept = epoch === undefined ? null : await store.epoch(run.id, epoch);
  if (!kept) throw new Error("The weights of this run are not kept in this browser.");
  return kept.weights;
}
