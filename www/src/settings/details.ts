/** Shows beside the heading of each folded section what is set inside. */
import type { OptimizerKind, RunSettings, TrainConfig } from "../protocol/engine.js";
import { t, type Text } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { plural, significant } from "../ui/format.js";
import type { DeviceChoice } from "./keep.js";
import { modelInWords } from "../ui/model-words.js";
import { inUnits } from "./units.js";

const DEVICES = { auto: "best available", cpu: "CPU", gpu: "graphics card" } as const satisfies Record<DeviceChoice, Text>;
const NAMES = {
  rotate: "rotation",
  shift: "shift",
  scale: "scale",
  shear: "shear",
  elastic: "elastic",
  thickness: "thickness",
  blur: "blur",
  erase: "erased",
  noise: "noise",
  paper: "paper",
} as const;

const OPTIMIZERS: Record<OptimizerKind, string> = { adam: "Adam", "adam-w": "AdamW", muon: "Muon" };

/** Shows what is set. */
export function showDetails({ model, train }: RunSettings, device: DeviceChoice): void {
  const rate = significant(train.learning_rate);
  set("model", modelInWords(model));
  set("training", t("{epochs}, batch {batch}, {optimizer} at {rate}", {
    epochs: plural(train.epochs, "epoch"), batch: train.batch_size, optimizer: OPTIMIZERS[train.optimizer], rate,
  }));
  set("augment", deformations(train));
  set("device", t("{device}, seed {seed}, {precision}", { device: t(DEVICES[device]), seed: train.seed, precision: train.precision }));
}

function deformations({ augment, clean_epochs: clean }: TrainConfig): string {
  const names = Object.keys(NAMES) as (keyof typeof NAMES)[];
  const words = names.filter((key) => augment[key] > 0).map((key) => `${t(NAMES[key])} ${inUnits(key, augment[key])}`);
  if (augment.flip_horizontal || augment.flip_vertical) words.push(t("mirrored"));
  if (clean > 0) words.push(t("{epochs} at the end", { epochs: plural(clean, "geometric-only epoch") }));
  return words.length > 0 ? words.join(", ") : t("none set");
}

function set(name: string, text: string): void {
  byId(`settings-${name}-now`, HTMLElement).textContent = text;
}
