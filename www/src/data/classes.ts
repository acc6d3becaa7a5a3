/** How many images of each class are trained on and held out. */
import type { FileReport } from "../protocol/engine.js";
import type { DataState } from "../protocol/messages.js";
import { className, sameName } from "../ui/names.js";

/** The images of one class, by split. */
export interface ClassCounts {
  /** The name of the class. */
  name: string;
  train: number;
  validation: number;
  test: number;
}

/**
 * Counts per class. The engine splits each class separately and rounds, so the counts are computed from those of the
 * files; a test file replaces the images held out for the test.
 */
export function classCounts(state: DataState): ClassCounts[] {
  const names = namesOf(state);
  const given = summed(state, "train", names);
  const tested = summed(state, "test", names);
  const ownTest = hasTestFile(state);
  return names.map((name, index) => {
    const all = given[index] ?? 0;
    const validation = Math.min(all, Math.round(all * state.split.validation));
    const heldBack = Math.min(all - validation, Math.round(all * state.split.test));
    const test = ownTest ? (tested[index] ?? 0) : heldBack;
    return { name, train: all - validation - (ownTest ? 0 : heldBack), validation, test };
  });
}

/** Whether the test images come from a separate file. */
export function hasTestFile(state: DataState): boolean {
  return state.files.some((file) => file.part === "test");
}

/** The names of the classes, in the engine's order. */
function namesOf({ files, material }: DataState): string[] {
  const used = files.filter(({ part }) => part === "train" || part === "test");
  const names = Array.from({ length: material?.classes ?? 0 }, (_, label) => className(material?.class_names, label));
  for (const name of used.flatMap(namesIn)) if (!names.some((known) => sameName(known, name))) names.push(name);
  return names;
}

function namesIn({ class_counts, class_names }: FileReport): string[] {
  return class_counts.map((_, label) => className(class_names, label));
}

/**
 * Images of each class in the files of a split. Each file numbers its classes separately, so they are matched by name.
 */
function summed(state: DataState, part: "train" | "test", names: string[]): number[] {
  const sums: number[] = [];
  for (const file of state.files) {
    if (file.part !== part) continue;
    namesIn(file).forEach((name, label) => {
      const index = names.findIndex((known) => sameName(known, name));
      sums[index] = (sums[index] ?? 0) + (file.class_counts[label] ?? 0);
    });
  }
  return sums;
}
