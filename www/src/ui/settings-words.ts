/** Settings in plain words: what differs between two sets of them, and how a value is called. Pure data. */
import type { RunSettings } from "../protocol/engine.js";
import { language, ofEngine } from "../text/language.js";
import { significant } from "./format.js";

/** One setting: its field, what it is called, and its value in each of several sets. */
export interface Difference { field: string; name: string; values: string[] }

/** What differs between sets of settings, in the order of the settings. `more` adds what is no setting. */
export function settingDifferences(sets: readonly RunSettings[], more: readonly ReadonlyMap<string, string>[] = []): Difference[] {
  const flat = sets.map((settings, i) => new Map([...flatSettings(settings), ...(more[i] ?? [])]));
  const fields = new Set(flat.flatMap((values) => [...values.keys()]));
  return [...fields]
    .map((field) => ({ field, name: nameWords(field), values: flat.map((values) => values.get(field) ?? "–") }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** What fields are called whose own name does not say it. */
const NAMES: Record<string, string> = {
  "augment: rotate": "rotation", "augment: shift": "shift", "augment: scale": "scaling", "augment: shear": "shear",
  "augment: elastic": "elastic deformation", "augment: thickness": "stroke width", "augment: blur": "blur",
  "augment: erase": "erasing", "augment: noise": "noise", "augment: paper": "paper", "augment: flip horizontal": "mirrored left to right",
  "augment: flip vertical": "mirrored top to bottom", "builtin digits": "built-in digits", "rare styles": "rare styles",
  "stroke copies": "copies of strokes", "not digits": "images that are no digits", "ema decay": "weight average (decay)",
  "clip norm": "gradient clipping", "mlp": "MLP width", "qk norm": "QK-norm", "pool": "pooling", "stem": "convolution channels",
  "stem depth": "convolutions", "validation fraction": "validation share", "test fraction": "test share",
  "warmup epochs": "warm-up epochs", "clean epochs": "epochs without photometric augmentation", "read every": "steps between readings",
  "distillation: kind": "what the teacher teaches", "distillation: weight": "teacher’s share of the loss",
  "distillation: temperature": "temperature of the teacher", "stage depth": "depth of a stage", "mlp ratio": "MLP ratio",
  "local depth": "depth of the blocks with gates", "convolution stages": "stages of convolutions", "attention stages": "stages of attention",
  "features": "random features",
};

const VALUES: Record<string, string> = {
  "adam": "Adam", "adam-w": "AdamW", "muon": "Muon", "vit": "Vision Transformer", "class-token": "class token",
  "f32": "32 bits", "f16": "16 bits", "bf16": "16 bits (bfloat16)",
};

/** The settings by field. */
function flatSettings({ model, train }: RunSettings): Map<string, string> {
  const values = new Map<string, string>();
  // Runs that were kept before there were families name none.
  values.set("family", valueWords("vit"));
  flatten(model, "", values);
  flatten(train, "", values);
  return values;
}

function flatten(value: object, before: string, into: Map<string, string>): void {
  for (const [key, one] of Object.entries(value) as [string, unknown][]) {
    const field = `${before}${key.replaceAll("_", " ")}`;
    if (Array.isArray(one)) into.set(field, one.map(valueWords).join(language() === "en" ? ", " : "; "));
    else if (typeof one === "object" && one !== null) flatten(one, `${field}: `, into);
    else into.set(field, valueWords(one));
  }
}

function nameWords(field: string): string {
  return ofEngine(NAMES[field] ?? field);
}

function valueWords(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : significant(value, 6);
  if (typeof value === "boolean") return ofEngine(value ? "yes" : "no");
  return ofEngine(VALUES[String(value)] ?? String(value));
}
