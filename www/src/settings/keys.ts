/** The settings that a person can change: their names, where they live, and of which kind they are. */
import type { Augment, Limits, TrainConfig } from "../protocol/engine.js";
import type { VitModel, VitSettings } from "../protocol/vit.js";
import { inRange, rangeOf } from "./ranges.js";

/** A setting's value. */
export type SettingValue = number | string | boolean;

/** What differs from the preset. */
export type Changes = Map<Key, SettingValue>;

const GROUPS = {
  model: ["patch_size", "width", "depth", "heads", "mlp", "dropout", "attention_dropout", "stochastic_depth", "pool",
    "stem", "stem_depth", "qk_norm"],
  train: ["epochs", "batch_size", "optimizer", "learning_rate", "schedule", "warmup_epochs", "weight_decay",
    "clip_norm", "label_smoothing", "ema_decay", "clean_epochs", "builtin_digits", "patience", "seed", "precision"],
  augment: ["rotate", "shift", "scale", "shear", "elastic", "thickness", "blur", "erase", "noise", "flip_horizontal",
    "flip_vertical"],
} as const satisfies {
  model: readonly (keyof VitModel)[];
  train: readonly (keyof TrainConfig)[];
  augment: readonly (keyof Augment)[];
};

type Group = keyof typeof GROUPS;

/** The name of a setting, in the engine, in links and on the page. */
export type Key = (typeof GROUPS)[Group][number];

/** All settings, in the order of the page. */
export const KEYS: readonly Key[] = [...GROUPS.model, ...GROUPS.train, ...GROUPS.augment];

/** The words that a setting can be. bf16 is left out: no browser has it. */
const WORDS: Partial<Record<Key, readonly string[]>> = {
  pool: ["class-token", "mean"],
  optimizer: ["muon", "adam-w", "adam"],
  schedule: ["cosine", "constant"],
  precision: ["f32", "f16"],
};

const FLAGS: ReadonlySet<Key> = new Set<Key>(["qk_norm", "flip_horizontal", "flip_vertical"]);

/** Whether this is the name of a setting. */
export function isKey(name: string): name is Key {
  return (KEYS as readonly string[]).includes(name);
}

/** The value that a text says, or nothing where it says none for this setting or one out of its range. */
export function parse(key: Key, text: string, limits: Limits): SettingValue | undefined {
  if (FLAGS.has(key)) return text === "yes" ? true : text === "no" ? false : undefined;
  const words = WORDS[key];
  if (words) return words.includes(text) ? text : undefined;
  const number = text.trim() === "" ? Number.NaN : Number(text);
  const range = rangeOf(limits, key);
  return range && inRange(range, number) ? number : undefined;
}

/** A value as text; `parse` reads it again. */
export function format(value: SettingValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  // The engine keeps some numbers in 32 bits: 0.1 comes back as 0.10000000149.
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(7))) : String(value);
}

/** Whether two values are the same setting. */
export function same(a: SettingValue, b: SettingValue): boolean {
  return format(a) === format(b);
}

/** The value of a setting. */
export function read(settings: VitSettings, key: Key): SettingValue {
  return holder(settings, key)[key] ?? 0;
}

/** Puts a value in its place. */
export function write(settings: VitSettings, key: Key, value: SettingValue): void {
  holder(settings, key)[key] = value;
}

/** The object that a setting is a field of. */
function holder(settings: VitSettings, key: Key): Partial<Record<Key, SettingValue>> {
  const { model, train } = settings;
  const places: Record<Group, object> = { model, train, augment: train.augment };
  const group = (Object.keys(GROUPS) as Group[]).find((name) => (GROUPS[name] as readonly string[]).includes(key));
  return places[group ?? "model"] as Partial<Record<Key, SettingValue>>;
}
