/** Why settings are impossible, and which of them is to blame. The engine's own check is asked elsewhere. */
import type { PatchworkError, Settings } from "../protocol/engine.js";
import type { DeviceReport } from "../protocol/messages.js";
import { integer, plural } from "../ui/format.js";
import type { Frame } from "./choice.js";
import { isKey, type Key, wanted } from "./keys.js";

/** A problem, and its setting where one is to blame. */
export interface Problem {
  key: Key | null;
  error: PatchworkError;
}

/** What is typed is no value at all. */
export function unreadable(key: Key, label: string): Problem {
  return problem(key, `${label.toLowerCase()} must be ${wanted(key)}`, "Type one, or undo the changes");
}

/** What the settings alone cannot show: they do not fit the data or the device. */
export function misfit({ model, train }: Settings, frame: Frame, device: DeviceReport["kind"] | null): Problem | null {
  if (frame.material) {
    const { train: images, validation } = frame.material;
    if (images === 0 || validation === 0) {
      const text = `too few images: ${integer(images)} to train on, ${integer(validation)} to validate`;
      return problem(null, text, "Bring more images, or move the validation slider");
    }
    const all = images + train.builtin_digits;
    if (all < train.batch_size) {
      const text = `a batch of ${integer(train.batch_size)} is more than the ${plural(all, "training image")}`;
      return problem("batch_size", text, "Choose a smaller batch, or bring more images");
    }
  }
  if (train.precision !== "f32" && device === "cpu") {
    return problem("precision", `the CPU does not train in ${train.precision}`, "Choose f32, or the graphics card");
  }
  if (model.image_size !== frame.side) {
    return problem(null, `the images are ${frame.side}×${frame.side}`, "Choose the preset again");
  }
  return null;
}

/** The setting that the engine's error speaks of: the one whose name comes first in it. */
export function blamed(error: PatchworkError): Problem {
  let first: { key: Key; at: number; length: number } | null = null;
  for (const field of document.querySelectorAll<HTMLElement>("#settings [data-names]")) {
    const key = field.dataset["key"] ?? "";
    for (const name of (field.dataset["names"] ?? "").split("|")) {
      const at = error.problem.indexOf(name);
      if (!isKey(key) || at < 0) continue;
      // "attention dropout" holds "dropout" too: of two that end alike, the longer name is meant.
      const better = !first || at < first.at || (at === first.at && name.length > first.length);
      if (better) first = { key, at, length: name.length };
    }
  }
  return { key: first?.key ?? null, error };
}

function problem(key: Key | null, text: string, help: string): Problem {
  return { key, error: { kind: "config", place: { file: null, row: null, column: null }, problem: text, help } };
}
