/** The history of a run, and the weights available from a stored one. */
import type { EpochRow } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import { t } from "../text/language.js";
import type { Store } from "./store.js";

/** The epoch with the highest validation accuracy; a tie goes to the lower loss, then to the earlier epoch. */
export function bestRow(rows: EpochRow[]): EpochRow | null {
  let best: EpochRow | null = null;
  for (const row of rows) if (row.validation_accuracy !== null && (!best || better(row, best))) best = row;
  return best;
}

function better(row: EpochRow, than: EpochRow): boolean {
  const [a, b] = [row.validation_accuracy ?? 0, than.validation_accuracy ?? 0];
  return a > b || (a === b && (row.validation_loss ?? Infinity) < (than.validation_loss ?? Infinity));
}

/** Steps per epoch, from the finished epochs. */
export function stepsPerEpoch(rows: EpochRow[]): number | null {
  const last = rows.at(-1);
  return last ? last.step / last.epoch : null;
}

const COLUMNS = [
  "epoch", "step", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate",
  "images_per_second", "seconds",
] as const;

/** The epochs of a stored run as `metrics.csv`, with the same columns as the trainer's. */
export function metricsCsv(rows: EpochRow[]): string {
  const lines = rows.map((row) => COLUMNS.map((column) => row[column] ?? "").join(","));
  return [COLUMNS.join(","), ...lines, ""].join("\n");
}

/** The weights of a stored run's best or current epoch; of the last stored epoch if that one is missing. */
export async function keptWeights(store: Store, run: RunRecord, which: "best" | "current"): Promise<Uint8Array> {
  const best = which === "best" ? bestRow(run.history)?.epoch : undefined;
  const epoch = best !== undefined && run.epochs.includes(best) ? best : run.epochs.at(-1);
  const kept = epoch === undefined ? null : await store.epoch(run.id, epoch);
  if (!kept) throw new Error(t("The weights of this run are not kept in this browser."));
  return kept.weights;
}
