/** In what several runs differ, and how they are told apart. Pure data. */
import type { RunRecord } from "../protocol/messages.js";
import { moment } from "../ui/format.js";
import { settingDifferences, type Difference } from "../ui/settings-words.js";

export type { Difference };

/** What differs between the runs, in the order of the settings. */
export function differences(runs: RunRecord[]): Difference[] {
  const more = runs.map(({ data, device }) => new Map([
    ["training images", String(data.material.train)],
    ["data", data.files.filter(({ part }) => part === "train").map(({ name }) => name).join(", ")],
    ["device", device.name || device.kind],
  ]));
  return settingDifferences(runs.map(({ settings }) => settings), more);
}

/** A name for each run under which it is told apart: its own, and where another has the same, what differs. */
export function tellingNames(runs: RunRecord[]): string[] {
  return runs.map((run) => {
    const same = runs.filter(({ name }) => name === run.name);
    if (same.length < 2) return run.name;
    const place = same.indexOf(run);
    const telling = differences(same).filter(({ name, values }) => name !== "device" && new Set(values).size === same.length)[0];
    const what = telling === undefined ? moment(run.created) : `${telling.name} ${telling.values[place]}`;
    return `${run.name} (${what})`;
  });
}
