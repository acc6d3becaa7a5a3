/** The name of a new run: its preset and what differs from it. Independent of the page. */
import type { PresetReport, RunSettings } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { plural } from "../ui/format.js";
import { settingDifferences, type Difference } from "../ui/settings-words.js";

/** The most differences in a name. */
const MOST = 2;
/** Settings that follow from the data or the machine, not from a choice of the user. */
const NO_CHOICE = new Set(["image size", "classes", "validation fraction", "test fraction", "read every"]);
/** Settings whose values say by themselves what they are. */
const VALUE_ALONE = new Set(["optimizer", "schedule", "precision", "family", "pool"]);
const LONGEST = 60;

/** A name that is not in `taken`. */
export function runName(preset: PresetReport | undefined, chosen: string, settings: RunSettings, taken: readonly string[]): string {
  const base = preset ? { model: preset.model, train: preset.train } : settings;
  const changes = settingDifferences([base, settings])
    .filter(({ field }) => !NO_CHOICE.has(field))
    .map(changeInWords);
  const more = changes.length - MOST;
  const words = [chosen, ...changes.slice(0, MOST), ...(more > 0 ? [t("{count} more", { count: more })] : [])].join(", ");
  return unique(words.slice(0, LONGEST - 5), taken);
}

function changeInWords({ field, name, values: [, value = ""] }: Difference): string {
  if (field === "epochs") return plural(Number(value), "epoch");
  return VALUE_ALONE.has(field) ? value : `${name} ${value}`;
}

/** The name, followed by a number if it is taken. */
export function unique(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name} (${number})`)) number += 1;
  return `${name} (${number})`;
}
