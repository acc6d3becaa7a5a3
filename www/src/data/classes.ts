/** How many images of each class are learned from and held back. */
import type { DataState } from "../protocol/messages.js";

/** Images of one class, by what they are for. */
export interface ClassCounts {
  train: number;
  validation: number;
  test: number;
}

/**
 * Counts per class. The engine splits each class by itself and rounds, so the counts follow from those
 * of the files; a test file takes the place of the images that would be held back.
 */
export function classCounts(state: DataState): ClassCounts[] {
  const given = summed(state, "train");
  const tested = summed(state, "test");
  const ownTest = hasTestFile(state);
  const classes = Math.max(given.length, tested.length);
  return Array.from({ length: classes }, (_, index) => {
    const all = given[index] ?? 0;
    const validation = Math.min(all, Math.round(all * state.split.validation));
    const heldBack = Math.min(all - validation, Math.round(all * state.split.test));
    const test = ownTest ? (tested[index] ?? 0) : heldBack;
    return { train: all - validation - (ownTest ? 0 : heldBack), validation, test };
  });
}

/** Whether test images come from a file of their own. */
export function hasTestFile(state: DataState): boolean {
  return state.files.some((file) => file.part === "test");
}

function summed(state: DataState, part: "train" | "test"): number[] {
  const sums: number[] = [];
  for (const file of state.files) {
    if (file.part !== part) continue;
    file.class_counts.forEach((count, index) => {
      sums[index] = (sums[index] ?? 0) + count;
    });
  }
  return sums;
}
