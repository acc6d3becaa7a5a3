/** In what the settings of several runs differ. Pure data. */
import type { RunRecord } from "../protocol/messages.js";

/** One setting: its name and its value in each run. */
export interface Difference { name: string; values: string[] }

/** What differs between the runs, in the order of the settings. */
export function differences(runs: RunRecord[]): Difference[] {
  const flat = runs.map(settingsOf);
  const names = new Set(flat.flatMap((values) => [...values.keys()]));
  return [...names]
    .map((name) => ({ name, values: flat.map((values) => values.get(name) ?? "–") }))
    .filter(({ values }) => new Set(values).size > 1);
}

function settingsOf(run: RunRecord): Map<string, string> {
  const values = new Map<string, string>();
  // Runs that were kept before there were families name none.
  values.set("family", "vit");
  flatten(run.settings.model, "", values);
  flatten(run.settings.train, "", values);
  values.set("training images", String(run.data.material.train));
  values.set("device", run.device.name || run.device.kind);
  return values;
}

function flatten(value: object, before: string, into: Map<string, string>): void {
  for (const [key, one] of Object.entries(value) as [string, unknown][]) {
    const name = `${before}${key.replaceAll("_", " ")}`;
    if (Array.isArray(one)) into.set(name, one.join(", "));
    else if (typeof one === "object" && one !== null) flatten(one, `${name}: `, into);
    else into.set(name, typeof one === "boolean" ? (one ? "yes" : "no") : String(one));
  }
}
