/** The models that are measured: the same sizes, with different forms of attention. */
import type { FamilyOffer, RunSettings } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { decimal, integer } from "../ui/format.js";

/** A form of attention. */
export interface Subject {
  /** For people. */
  label: string;
  family: FamilyOffer;
}

/** The families that differ from a Vision Transformer in their attention alone, if this version of the page has them. */
const FORMS = [["vit", "full"], ["linear", "linear"], ["linformer", "Linformer"], ["performer", "Performer"]] as const;

/** Numbers of tokens: patches of 4×4, 2×2 and 1×1 pixels of a 28×28 image. */
export const TOKENS: readonly number[] = [49, 196, 784];

/** The forms of attention that can be compared. */
export function subjects(families: readonly FamilyOffer[]): Subject[] {
  return FORMS.flatMap(([name, label]) => {
    const family = families.find((one) => one.name === name);
    return family && family.presets.length > 0 ? [{ label: t(label), family }] : [];
  });
}

/** Sizes that all have in common; a family takes those that it has settings for. */
const SIZES = { width: 64, depth: 2, heads: 4, mlp: 128, stem: 0, qk_norm: false, pool: "mean" };

/** The settings of a subject that cuts a 28×28 image into this many tokens. */
export function settingsOf({ family }: Subject, tokens: number): RunSettings {
  const [preset] = family.presets;
  if (preset === undefined) throw new Error(`The family ${family.name} has no preset`);
  const { model, train } = structuredClone({ model: preset.model, train: preset.train });
  const own = new Set(family.settings.map(({ name }) => name));
  const sizes = { ...SIZES, patch_size: model.image_size / Math.sqrt(tokens) };
  const known = Object.fromEntries(Object.entries(sizes).filter(([name]) => own.has(name)));
  return { model: { ...model, ...known } as RunSettings["model"], train: { ...train, precision: "f32" } };
}

/** How much `last` is of `first`, as text: "16 times". */
export function times(first: number, last: number): string {
  const ratio = last / first;
  return t("{count} times", { count: ratio < 9.95 ? decimal(ratio, 1) : integer(ratio) });
}
