/** Values of sliders with their units. */
import { t } from "../text/language.js";
import { percent, significant } from "../ui/format.js";
import type { Key, SettingValue } from "./keys.js";

type Unit = (value: number) => string;

const share: Unit = (value) => percent(value, 0);

/** Formats the limit of a random deformation: 0 means off. */
function limit(unit: Unit): Unit {
  return (value) => (value === 0 ? t("off") : unit(value));
}

const UNITS: Partial<Record<Key, Unit>> = {
  patch_size: (value) => `${value} × ${value}`,
  dropout: share,
  attention_dropout: share,
  stochastic_depth: share,
  rotate: limit((value) => `±${significant(value)}°`),
  shift: limit((value) => `±${significant(value)} px`),
  scale: limit((value) => `±${share(value)}`),
  shear: limit((value) => `±${significant(value)}°`),
  elastic: limit((value) => `${significant(value)} px`),
  thickness: limit((value) => `±${significant(value)} px`),
  blur: limit((value) => `${significant(value)} px`),
  erase: limit((value) => `${significant(value)} px`),
  noise: limit(share),
  paper: limit(share),
  rare_styles: share,
};

/** A slider's value with its unit. */
export function inUnits(key: Key, value: SettingValue): string {
  return typeof value === "number" ? (UNITS[key]?.(value) ?? String(value)) : String(value);
}
