/** A model in words, read off the settings of its family. */
import type { ModelConfig } from "../protocol/engine.js";
import { FAMILIES } from "../protocol/families.js";
import { ofEngine, t } from "../text/language.js";

/** The numbers of a model that its family has settings for: "patch size 7", "width 64". */
export function sizesInWords(model: ModelConfig): string[] {
  const settings = FAMILIES.find(({ name }) => name === model.family)?.settings ?? [];
  const values: Partial<Record<string, unknown>> = model;
  return settings.flatMap(({ name, label }) => (typeof values[name] === "number" ? [`${ofEngine(label)} ${values[name]}`] : []));
}

/** The same as one text; of a family that has no settings its name. */
export function modelInWords(model: ModelConfig): string {
  const sizes = sizesInWords(model);
  return sizes.length > 0 ? sizes.join(", ") : t("family {name}", { name: model.family });
}
