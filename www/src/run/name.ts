/** What a new run is called: its preset and what differs from it. Pure data. */
import type { PresetReport, RunSettings } from "../protocol/engine.js";
import { settingDifferences } from "../ui/settings-words.js";

/** Differences that a name holds; more would be no name. */
const MOST = 2;
/** What follows from the data or the machine is no choice of the person's. */
const NO_CHOICE = new Set(["image size", "classes", "validation share", "test share", "steps between readings"]);
const LONGEST = 60;

/** A name that none of `taken` has. */
export function runName(preset: PresetReport | undefined, chosen: string, settings: RunSettings, taken: readonly string[]): string {
  const base = preset ? { model: preset.model, train: preset.train } : settings;
  const changes = settingDifferences([base, settings])
    .filter(({ name }) => !NO_CHOICE.has(name))
    .map(({ name, values: [, value = ""] }) => (name === "epochs" ? `${value} epochs` : /^\d|^yes|^no$/.test(value) ? `${name} ${value}` : value));
  const more = changes.length - MOST;
  const words = [chosen, ...changes.slice(0, MOST), ...(more > 0 ? [`${more} more`] : [])].join(", ");
  return unique(words.slice(0, LONGEST - 5), taken);
}

/** The name, with a number behind it where it is taken. */
export function unique(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name} (${number})`)) number += 1;
  return `${name} (${number})`;
}
