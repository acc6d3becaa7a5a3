/** The trainer's current run: its record, and its position. */
import type { RunRecord } from "../../protocol/messages.js";
import { keptOf, type Kept } from "./saving.js";

/** The state of a run in training besides its record. */
export interface Active {
  record: RunRecord;
  /** Releases the lock of the run. */
  unlock: () => void;
  paused: boolean;
  singleSteps: number;
  /** Whether nothing is left to do, or the run was left. */
  over: boolean;
  looping: boolean;
  /** How much of it is in the store. */
  kept: Kept;
  /** The current position of the run. */
  at: { epoch: number; step: number };
  /** Steps of an epoch; null while unknown. */
  steps: number | null;
  /** When the last checkpoint was made, and when live weights were last sent. */
  saved: number;
  shown: number;
  /** The last checkpoint being stored, and the last change of a run that failed. */
  saving: Promise<void>;
  ending: Promise<void>;
}

/** A run that is about to start, or, if `stored`, to be resumed. */
export function activeOf(record: RunRecord, unlock: () => void, stored: boolean): Active {
  const done = Promise.resolve();
  return {
    record, unlock, at: record.at ?? { epoch: 1, step: 0 }, steps: null, paused: false, singleSteps: 0, over: false,
    looping: false, saved: performance.now(), shown: 0, saving: done, ending: done,
    kept: keptOf(stored ? record : null),
  };
}
