/** The settings that the user can change: their names, where they are stored, and their kinds. */
import type { Augment, FamilyOffer, Limits, ModelConfig, RunSettings, SettingKind, TrainConfig } from "../protocol/engine.js";
import { FAMILIES } from "../protocol/families.js";
import { inRange, rangeOf } from "./ranges.js";

/** A setting's value. */
export type SettingValue = number | string | boolean;

/** The name of a setting: the same in the engine, in links and on the page. */
export type Key = string;

/** The values that differ from the preset. */
export type Changes = Map<Key, SettingValue>;

/** The settings of models of every family, and those of the training recipe. */
const SHARED = {
  model: ["dropout", "attention_dropout", "stochastic_depth"],
  train: ["epochs", "batch_size", "optimizer", "learning_rate", "schedule", "warmup_epochs", "weight_decay",
    "clip_norm", "label_smoothing", "ema_decay", "clean_epochs", "builtin_digits", "rare_styles", "stroke_copies",
    "not_digits", "patience", "seed", "precision"],
  augment: ["rotate", "shift", "scale", "shear", "elastic", "thickness", "blur", "erase", "noise", "paper",
    "flip_horizontal", "flip_vertical"],
} as const satisfies {
  model: readonly (keyof ModelConfig)[];
  train: readonly (keyof TrainConfig)[];
  augment: readonly (keyof Augment)[];
};

/** All of these, in the order on the page. */
export const SHARED_KEYS: readonly Key[] = Object.values(SHARED).flat();

/** The options of settings that are words. bf16 is left out: no browser supports it. */
const WORDS: ReadonlyMap<Key, string[]> = new Map([
  ["optimizer", ["muon", "adam-w", "adam"]],
  ["schedule", ["cosine", "constant"]],
  ["precision", ["f32", "f16"]],
]);

const FLAGS: ReadonlySet<Key> = new Set(["flip_horizontal", "flip_vertical"]);

/** The family of a preset; the first family if none has it. */
export function familyOf(preset: string): FamilyOffer {
  const [first] = FAMILIES;
  const found = FAMILIES.find(({ presets }) => presets.some(({ name }) => name === preset));
  if (!first) throw new Error("There are no families");
  return found ?? first;
}

/** All settings of a family: those of the model first, then the recipe. */
export function keysOf({ settings }: FamilyOffer): readonly Key[] {
  return [...settings.map(({ name }) => name), ...SHARED_KEYS];
}

/** The kind of a setting; null if there is no such setting. */
export function kindOf(family: FamilyOffer, key: Key, limits: Limits): SettingKind | null {
  const own = family.settings.find(({ name }) => name === key);
  if (own) return own.kind;
  if (!SHARED_KEYS.includes(key)) return null;
  if (FLAGS.has(key)) return "flag";
  const words = WORDS.get(key);
  if (words) return { choice: words };
  const range = rangeOf(limits, key);
  return range && { number: range };
}

/** Parses a value of this kind; undefined if the text is not one. */
export function parse(kind: SettingKind | null, text: string): SettingValue | undefined {
  if (kind === null) return undefined;
  if (kind === "flag") return text === "yes" ? true : text === "no" ? false : undefined;
  if ("choice" in kind) return kind.choice.includes(text) ? text : undefined;
  const number = text.trim() === "" ? Number.NaN : Number(text);
  return inRange(kind.number, number) ? number : undefined;
}

/** A value as text; the inverse of `parse`. */
export function format(value: SettingValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  // The engine stores some numbers in 32 bits: 0.1 comes back as 0.10000000149.
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(7))) : String(value);
}

/** Whether two values of a setting are equal. */
export function same(a: SettingValue, b: SettingValue): boolean {
  return format(a) === format(b);
}

/** Reads a setting. */
export function read(settings: RunSettings, key: Key): SettingValue {
  return holder(settings, key)[key] ?? 0;
}

/** Writes a setting. */
export function write(settings: RunSettings, key: Key, value: SettingValue): void {
  holder(settings, key)[key] = value;
}

/** The object that has the setting as a field. */
function holder({ model, train }: RunSettings, key: Key): Partial<Record<Key, SettingValue>> {
  const is = (keys: readonly Key[]): boolean => keys.includes(key);
  const place: object = is(SHARED.train) ? train : is(SHARED.augment) ? train.augment : model;
  return place as Partial<Record<Key, SettingValue>>;
}
