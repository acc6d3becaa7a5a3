/** How much the epochs of one run may take in this browser: a choice of the person, kept beside the other choices. */
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

/** Keeps the choice; a browser that refuses forgets it with the tab. */
export function writeBound(most: number): void {
  try {
    localStorage.setItem(KEY, String(most));
  } catch {
    // The run in training knows it all the same.
  }
}
