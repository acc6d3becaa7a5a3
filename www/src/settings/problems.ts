/** Why settings are impossible, and which setting causes it. The engine's own check is requested elsewhere. */
import type { Limits, PatchworkError, RunSettings, SettingKind } from "../protocol/engine.js";
import type { DeviceReport } from "../protocol/messages.js";
import { language, t } from "../text/language.js";
import { bytes, integer, plural } from "../ui/format.js";
import type { DataShape } from "./choice.js";
import type { Need } from "./estimate.js";
import type { Key } from "./keys.js";
import { wanted } from "./ranges.js";

/** A problem, and the setting that causes it, if there is one. */
export interface Problem {
  key: Key | null;
  error: PatchworkError;
}

/** The input is not a value of this setting. */
export function refused(key: Key, label: string, kind: SettingKind | null): Problem {
  const range = kind !== null && kind !== "flag" && "number" in kind ? kind.number : null;
  const name = language() === "en" ? (range?.name ?? label.toLowerCase()) : label;
  return problem(key, range ? t("{name} must be {wanted}", { name, wanted: wanted(range) }) : t("{name} must be one of the choices", { name }), t("Enter such a value, or undo the changes"));
}

/** What the settings alone do not show: they do not fit the data or the device. */
export function misfit({ model, train }: RunSettings, frame: DataShape, device: DeviceReport["kind"] | null): Problem | null {
  if (frame.material) {
    const { train: images, validation } = frame.material;
    if (images === 0 || validation === 0) {
      const text = t("too few images: {train} to train on, {validation} to validate", { train: integer(images), validation: integer(validation) });
      return problem(null, text, t("Add more images, or move the validation slider"));
    }
    const all = images + train.builtin_digits + train.not_digits;
    if (all < train.batch_size) {
      const text = t("a batch of {batch} is more than the {images}", { batch: integer(train.batch_size), images: plural(all, "training image") });
      return problem("batch_size", text, t("Choose a smaller batch, or add more images"));
    }
  }
  if (train.precision !== "f32" && device === "cpu") {
    return problem("precision", t("the CPU does not train in {precision}", { precision: train.precision }), t("Choose f32, or the graphics card"));
  }
  if (model.image_size !== frame.side) {
    return problem(null, t("the images are {side}×{side}", { side: frame.side }), t("Choose the preset again"));
  }
  return null;
}

/** Reports a run that needs more memory than a tab's WebAssembly memory can hold, on any machine. */
export function tooLarge({ program }: Need, { tab_memory: most }: Limits): Problem | null {
  if (program <= most) return null;
  const text = t("training would take about {size} of memory; a browser tab can hold {most}", { size: bytes(program), most: bytes(most) });
  return problem("batch_size", text, t("Choose a smaller batch, larger patches or a smaller model"));
}

/** The engine's error, at the setting that it names if the form has it. */
export function blamed(error: PatchworkError, keys: readonly Key[]): Problem {
  const { setting = "" } = error.place;
  return { key: keys.includes(setting) ? setting : null, error };
}

function problem(key: Key | null, text: string, help: string): Problem {
  return { key, error: { kind: "config", place: { file: null, row: null, column: null }, problem: text, help } };
}
