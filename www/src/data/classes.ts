/** How many images of each class are learned from and held back. */
import type { FileReport } from "../protocol/engine.js";
import type { DataState } from "../protocol/messages.js";
import { className, sameName } from "../ui/names.js";

/** Images of one class, by what they are for. */
export interface ClassCounts {
  /** What the class is called. */
  name: string;
  train: number;
  validation: number;
  test: number;
}

/**
 * Counts per class. The engine splits each class by itself and rounds, so the counts follow from those
 * of the files; a test file takes the place of the images that would be held back.
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

/** Whether test images come from a file of their own. */
export function hasTestFile(state: DataState): boolean {
  return state.files.some((file) => file.part === "test");
}

/** What the classes are called that are learned and tested, in the engine's order. */
function namesOf({ files, material }: DataState): string[] {
  const used = files.filter(({ part }) => part === "train" || part === "test");
  const names = Array.from({ length: material?.classes ?? 0 }, (_, label) => className(material?.class_names, label));
  for (const name of used.flatMap(namesIn)) if (!names.some((known) => sameName(known, name))) names.push(name);
  return names;
}

function namesIn({ class_counts, class_names }: FileReport): string[] {
  return class_counts.map((_, label) => className(class_names, label));
}

/** Images of each class in the files of a part: each file numbers its classes by itself, and names join them. */
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
