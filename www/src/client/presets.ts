/** The presets of all families. */
import type { PresetReport } from "../protocol/engine.js";
import { FAMILIES } from "../protocol/families.js";
import type { PredictorClient } from "./predictor.js";

/**
 * The presets for images of `side` pixels and `classes` classes. Those for images as MNIST has them are known without
 * asking; for others the large module is asked.
 */
export async function presetsFor(predictor: PredictorClient, side: number, classes: number): Promise<readonly PresetReport[]> {
  const known = FAMILIES.flatMap((family) => family.presets);
  const fit = known.every(({ model }) => model.image_size === side && model.classes === classes);
  return fit ? known : predictor.call("presets", { side, classes });
}
