/** A run that the trainer has: its record, and where it stands. */
import type { RunRecord } from "../../protocol/messages.js";
import { keptOf, type Kept } from "./saving.js";

/** What a run in training needs beside its record. */
export interface Active {
  record: RunRecord;
  /** Lets the lock of the run go. */
  unlock: () => void;
  paused: boolean;
  singleSteps: number;
  /** Nothing is left to do, or the run was left. */
  over: boolean;
  looping: boolean;
  /** How much of it is in the store. */
  kept: Kept;
  /** Where the run is now. */
  at: { epoch: number; step: number };
  /** Steps of an epoch; null while nobody has said. */
  steps: number | null;
  /** When the last checkpoint was made, and when live weights were last shown. */
  saved: number;
  shown: number;
  /** The last checkpoint on its way to the store, and the last change of a run that failed. */
  saving: Promise<void>;
  ending: Promise<void>;
}

/** A run that is about to begin, or, where it is in the store, to go on. */
export function activeOf(record: RunRecord, unlock: () => void, stored: boolean): Active {
  const done = Promise.resolve();
  return {
    record, unlock, at: record.at ?? { epoch: 1, step: 0 }, steps: null, paused: false, singleSteps: 0, over: false,
    looping: false, saved: performance.now(), shown: 0, saving: done, ending: done,
    kept: keptOf(stored ? record : null),
  };
}
