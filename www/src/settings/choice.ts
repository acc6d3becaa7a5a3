/** A choice is a preset and what differs from it; together with the data it determines the settings. */
import type { Limits, DataReport, PresetReport, RunSettings } from "../protocol/engine.js";
import type { DataState } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { type Changes, type Key, read, same, type SettingValue, write } from "./keys.js";
import { mostGrid } from "./ranges.js";

/** The user's choice. */
export interface SettingsChoice {
  preset: string;
  changes: Changes;
}

/** What the data determines about the settings. */
export interface DataShape {
  side: number;
  classes: number;
  split: DataState["split"] | null;
  material: DataReport | null;
}

/** Settings, and what was adjusted to make them possible. */
export interface Composed {
  settings: RunSettings;
  /** For each adjusted setting, why it differs from the choice. */
  notes: Map<Key, string>;
}

/** The shape of the data; that of MNIST if there is none yet. */
export function dataShapeOf(state: DataState | undefined): DataShape {
  const side = state?.material?.side ?? state?.files.find(({ images }) => images > 0)?.side ?? 28;
  const classes = state?.material?.classes ?? 10;
  return { side, classes, split: state?.split ?? null, material: state?.material ?? null };
}

/** The settings for a choice and the shape of the data. */
export function compose(preset: PresetReport, changes: Changes, frame: DataShape, limits: Limits): Composed {
  const settings: RunSettings = structuredClone({ model: preset.model, train: preset.train });
  for (const [key, value] of changes) write(settings, key, value);
  const notes = new Map<Key, string>();
  const { train } = settings;
  if (frame.split) {
    train.validation_fraction = frame.split.validation;
    train.test_fraction = frame.split.test;
  }
  fitPatches(settings, notes, limits);
  fitHeads(settings, notes);
  return { settings, notes };
}

/** Limits the patch size to the image, and the number of patches. */
function fitPatches({ model }: RunSettings, notes: Map<Key, string>, limits: Limits): void {
  if (!("patch_size" in model)) return;
  const { image_size: side, patch_size: wish } = model;
  const patch = Math.max(leastPatch(side, limits), Math.min(side, wish));
  if (patch === wish) return;
  notes.set("patch_size", t("{patch} does not fit {side}×{side} images", { patch: wish, side }));
  model.patch_size = patch;
}

/** The number of heads must divide the width. */
function fitHeads({ model }: RunSettings, notes: Map<Key, string>): void {
  if (!("heads" in model && "width" in model)) return;
  const { width, heads: wish } = model;
  const heads = possibleHeads(width, wish).at(-1) ?? 1;
  if (heads === wish) return;
  notes.set("heads", t("{wish} heads cannot share a width of {width}: {heads} can", { wish, width, heads }));
  model.heads = heads;
}

/** The smallest patch size that does not make too many tokens. */
export function leastPatch(side: number, limits: Limits): number {
  return Math.ceil(side / mostGrid(limits));
}

/** The numbers of heads, up to `most`, that divide a width. */
export function possibleHeads(width: number, most: number): number[] {
  const all = Array.from({ length: most }, (_, index) => index + 1);
  return Number.isInteger(width) && width > 0 ? all.filter((heads) => width % heads === 0) : [1];
}

/** Changes one setting; a value equal to the preset's is not stored as a change. */
export function change(choice: SettingsChoice, preset: PresetReport, key: Key, value: SettingValue): SettingsChoice {
  const changes = new Map(choice.changes);
  if (same(read({ model: preset.model, train: preset.train }, key), value)) changes.delete(key);
  else changes.set(key, value);
  return { ...choice, changes };
}
