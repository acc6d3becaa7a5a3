/** What each contestant reads in the drawing, in a predictor of the race's own: the page's goes on with its model. */
import { whyMissing } from "../client/files.js";
import { connect } from "../client/rpc.js";
import type { Drawing, PredictorCalls } from "../protocol/messages.js";
import { t } from "../text/language.js";
import type { RaceTools } from "./tools.js";

/** A contestant's reading. */
export interface Reading {
  label: number;
  /** The probability of that class. */
  share: number;
  /** The name of the class, if it has one. */
  name: string | null;
}

/** Readings of the newest drawing by the newest weights. */
export interface Readings {
  /** The drawing changed (null: none). */
  draw(drawing: Drawing | null): void;
  /** A contestant has new weights. */
  update(contestant: number, weights: Uint8Array): void;
  /** Forgets all weights: another race begins. */
  forget(): void;
}

/** Reads with a worker of the page's; `show` is called with each reading (null: nothing to read). */
export function createReadings(
  { predictorUrl: url, startPredictor: start }: Pick<RaceTools, "predictorUrl" | "startPredictor">, show: (contestant: number, reading: Reading | null) => void, failed: (error: Error) => void,
): Readings {
  const rpc = connect<PredictorCalls, never>({
    name: t("reader of the race"),
    start,
    missing: () => whyMissing(url, t("The reader of the race")),
    // The open call fails with the reason; the next reading starts another one.
    onCrash: () => undefined,
  });
  const weights = new Map<number, Uint8Array>();
  /** The contestants whose reading is not of the newest drawing and weights. */
  const due = new Set<number>();
  let drawing: Drawing | null = null;
  let busy = false;

  const read = async (contestant: number, from: Uint8Array, seen: Drawing): Promise<void> => {
    const { class_names: names } = await rpc.call("use", { weights: from });
    const found = await rpc.call("predict", { drawing: seen });
    // Cleared, or another race, in the meantime.
    if (drawing === null || !weights.has(contestant)) return;
    if (found === null) return show(contestant, null);
    const label = found.probabilities.indexOf(Math.max(...found.probabilities));
    show(contestant, { label, share: found.probabilities[label] ?? 0, name: names[label] ?? null });
  };

  const work = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      for (;;) {
        const contestant = due.values().next().value;
        const from = contestant === undefined ? undefined : weights.get(contestant);
        if (contestant === undefined || drawing === null) break;
        due.delete(contestant);
        if (from !== undefined) await read(contestant, from, drawing);
      }
    } catch (error) {
      due.clear();
      if (weights.size > 0) failed(error as Error);
    } finally {
      busy = false;
    }
  };

  return {
    draw(next) {
      drawing = next;
      for (const contestant of weights.keys()) {
        if (next === null) show(contestant, null);
        else due.add(contestant);
      }
      void work();
    },
    update(contestant, next) {
      weights.set(contestant, next);
      due.add(contestant);
      void work();
    },
    forget() {
      weights.clear();
      due.clear();
    },
  };
}
