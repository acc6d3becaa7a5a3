/** Shows beside the heading of each folded section what is set inside. */
import type { OptimizerKind, RunSettings, TrainConfig } from "../protocol/engine.js";
import { byId } from "../ui/dom.js";
import { plural, significant } from "../ui/format.js";
import type { DeviceChoice } from "./keep.js";
import { modelInWords } from "../ui/model-words.js";
import { inUnits } from "./units.js";

const DEVICES: Record<DeviceChoice, string> = { auto: "best available", cpu: "CPU", gpu: "graphics card" };
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
} as const;

const OPTIMIZERS: Record<OptimizerKind, string> = { adam: "Adam", "adam-w": "AdamW", muon: "Muon" };

/** Shows what is set. */
export function showDetails({ model, train }: RunSettings, device: DeviceChoice): void {
  const rate = significant(train.learning_rate);
  set("model", modelInWords(model));
  set("training", `${plural(train.epochs, "epoch")}, batch ${train.batch_size}, ${OPTIMIZERS[train.optimizer]} at ${rate}`);
  set("augment", deformations(train));
  set("device", `${DEVICES[device]}, seed ${train.seed}, ${train.precision}`);
}

function deformations({ augment, clean_epochs: clean }: TrainConfig): string {
  const names = Object.keys(NAMES) as (keyof typeof NAMES)[];
  const words = names.filter((key) => augment[key] > 0).map((key) => `${NAMES[key]} ${inUnits(key, augment[key])}`);
  if (augment.flip_horizontal || augment.flip_vertical) words.push("mirrored");
  if (clean > 0) words.push(`${plural(clean, "geometric-only epoch")} at the end`);
  return words.length > 0 ? words.join(", ") : "none";
}

function set(name: string, text: string): void {
  byId(`settings-${name}-now`, HTMLElement).textContent = text;
}
