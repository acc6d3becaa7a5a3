/** How several runs differ, and how to tell them apart. Independent of the page. */
import type { RunRecord } from "../protocol/messages.js";
import { ofEngine } from "../text/language.js";
import { integer, moment } from "../ui/format.js";
import { shortened } from "../ui/names.js";
import { settingDifferences, type Difference } from "../ui/settings-words.js";

export type { Difference };

/** The field of the device among the differences. */
const DEVICE = "device";

/** The differences between the runs, in the order of the settings. */
export function differences(runs: RunRecord[]): Difference[] {
  const more = runs.map(({ data, device }) => new Map([
    ["training images", integer(data.material.train)],
    ["data", data.files.filter(({ part }) => part === "train").map(({ name }) => shortened(name)).join(", ")],
    [DEVICE, ofEngine(device.name || device.kind)],
  ]));
  return settingDifferences(runs.map(({ settings }) => settings), more);
}

/** A distinguishing name for each run: its own, with the differences if another run has the same name. */
export function tellingNames(runs: RunRecord[]): string[] {
  return runs.map((run) => {
    const same = runs.filter(({ name }) => name === run.name);
    if (same.length < 2) return run.name;
    const place = same.indexOf(run);
    const telling = differences(same).filter(({ field, values }) => field !== DEVICE && new Set(values).size === same.length)[0];
    const what = telling === undefined ? moment(run.created) : `${telling.name} ${telling.values[place]}`;
    return `${run.name} (${what})`;
  });
}
