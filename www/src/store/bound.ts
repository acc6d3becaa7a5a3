/** The most bytes for the epochs of one run in this browser: the user's choice, stored like the other preferences. */
import { MOST } from "./prune.js";

const KEY = "patchwork epochs of a run";

/** The choice, in bytes. */
export function readBound(): number {
  try {
    const kept = Number(localStorage.getItem(KEY));
    return kept > 0 ? kept : MOST;
  } catch {
    return MOST;
  }
}

/** Stores the choice; if the browser refuses, it lasts as long as the tab. */
export function writeBound(most: number): void {
  try {
    localStorage.setItem(KEY, String(most));
  } catch {
    // The run in training gets it all the same.
  }
}
