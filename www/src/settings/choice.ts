/** A choice is a preset and what differs from it; with the data it becomes settings. */
import type { Limits, DataReport } from "../protocol/engine.js";
import type { VitPreset, VitSettings } from "../protocol/vit.js";
import type { DataState } from "../protocol/messages.js";
import { type Changes, type Key, read, same, type SettingValue, write } from "./keys.js";
import { mostGrid, mostHeads } from "./ranges.js";

/** What a person chose. */
export interface SettingsChoice {
  preset: string;
  changes: Changes;
}

/** What the data says about the settings. */
export interface DataShape {
  side: number;
  classes: number;
  split: DataState["split"] | null;
  material: DataReport | null;
}

/** Settings, and what had to give way so that they are possible. */
export interface Composed {
  settings: VitSettings;
  /** By setting: why it is not as it was chosen. */
  notes: Map<Key, string>;
}

/** What the data says; where there is none yet, digits as MNIST has them. */
export function dataShapeOf(state: DataState | undefined): DataShape {
  const side = state?.material?.side ?? state?.files.find(({ images }) => images > 0)?.side ?? 28;
  const classes = state?.material?.classes ?? 10;
  return { side, classes, split: state?.split ?? null, material: state?.material ?? null };
}

/** The settings that a choice means for the data. */
export function compose(preset: VitPreset, changes: Changes, frame: DataShape, limits: Limits): Composed {
  const settings: VitSettings = structuredClone({ model: preset.model, train: preset.train });
  for (const [key, value] of changes) write(settings, key, value);
  const notes = new Map<Key, string>();
  const { model, train } = settings;
  if (frame.split) {
    train.validation_fraction = frame.split.validation;
    train.test_fraction = frame.split.test;
  }
  const patch = Math.max(leastPatch(model.image_size, limits), Math.min(model.image_size, model.patch_size));
  if (patch !== model.patch_size) {
    notes.set("patch_size", `${model.patch_size} does not fit ${model.image_size}×${model.image_size} images`);
    model.patch_size = patch;
  }
  const heads = nearestHeads(model.width, model.heads, limits);
  if (heads !== model.heads) {
    notes.set("heads", `${model.heads} heads cannot share a width of ${model.width}: ${heads} can`);
    model.heads = heads;
  }
  return { settings, notes };
}

/** The smallest patch that does not make too many tokens. */
export function leastPatch(side: number, limits: Limits): number {
  return Math.ceil(side / mostGrid(limits));
}

/** The numbers of heads that can share a width. */
export function possibleHeads(width: number, limits: Limits): number[] {
  const all = Array.from({ length: mostHeads(limits) }, (_, index) => index + 1);
  return Number.isInteger(width) && width > 0 ? all.filter((heads) => width % heads === 0) : [1];
}

/** The largest possible number of heads that is not above the one wished for. */
function nearestHeads(width: number, wish: number, limits: Limits): number {
  return possibleHeads(width, limits).findLast((heads) => heads <= wish) ?? 1;
}

/** Changes one setting; a value that the preset has anyway is no change. */
export function change(choice: SettingsChoice, preset: VitPreset, key: Key, value: SettingValue): SettingsChoice {
  const changes = new Map(choice.changes);
  if (same(read({ model: preset.model, train: preset.train }, key), value)) changes.delete(key);
  else changes.set(key, value);
  return { ...choice, changes };
}
