/** Plain Vision Transformers: the models that the form can show and change. */
import type { ModelConfig, PresetReport, RunSettings } from "./engine.js";

/** The model of the family `vit`. */
export type VitModel = Extract<ModelConfig, { family: "vit" }>;

/** Settings of a run with such a model. */
export type VitSettings = RunSettings & { model: VitModel };

/** A preset with such a model. */
export type VitPreset = PresetReport & { model: VitModel };

/** Whether a model is a plain Vision Transformer. */
export function isVit(model: ModelConfig): model is VitModel {
  return model.family === "vit";
}

/** Whether a preset has a plain Vision Transformer. */
export function isVitPreset(preset: PresetReport): preset is VitPreset {
  return isVit(preset.model);
}
