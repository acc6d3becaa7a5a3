/** Before a run: what Start will do, and how long it should take. */
import type { App } from "../app.js";
import type { Cost } from "../protocol/engine.js";
import { runSeconds, speed } from "../settings/estimate.js";
import { type Measured, watchRuns } from "../settings/measured.js";
import { byId } from "../ui/dom.js";
import { duration, integer, plural } from "../ui/format.js";
import { shortened } from "../ui/names.js";

/** The data of a run without the user's files: 5,000 digits, a tenth each held out for validation and test. */
const DEFAULT_DATA = { train: 4000, validation: 500, test: 500, name: "real digits from MNIST, which Start fetches (0.8 MB)" };

/** The data that a run would use. */
export interface PlannedData { train: number; validation: number; test: number; name: string }

/** Keeps the plan on the page up to date; the returned function shows or hides it. */
export function plan(app: App): (on: boolean) => void {
  const place = byId("run-plan", HTMLElement);
  let runs: Measured[] = [];
  let asked = 0;
  const show = async (): Promise<void> => {
    const chosen = app.last("settings");
    if (!chosen) return;
    const mine = ++asked;
    const { cost } = await app.predictor.call("check", { settings: chosen.settings });
    if (mine !== asked) return;
    const { settings: { train }, preset } = chosen;
    const data = dataOf(app);
    const pace = cost && data ? speed(cost, train.batch_size, app.last("device") ?? null, runs) : null;
    const seconds = pace && data ? runSeconds(train, data, pace.perSecond) : null;
    const measured = pace?.basis === "guess" ? "a guess until it was measured here" : "as measured here";
    place.textContent = cost ? words({ preset, cost, epochs: train.epochs, data, seconds, measured }) : "";
  };
  const soon = (): void => void show().catch(() => undefined);
  app.on("settings", soon);
  app.on("data", soon);
  app.on("device", soon);
  watchRuns(app, (now) => {
    runs = now;
    soon();
  });
  return (on) => void (place.hidden = !on);
}

/** The available data; null if files were added but none can be trained on. */
function dataOf(app: App): PlannedData | null {
  const state = app.last("data");
  if (state?.material) {
    const { train, validation, test } = state.material;
    const names = state.files.filter(({ part }) => part === "train").map(({ name }) => shortened(name, 40));
    return { train, validation, test, name: names.length > 2 ? `${names.length} files` : names.join(" and ") };
  }
  const waits = (state?.files.length ?? 0) > 0 || app.last("chosen-files")?.objection();
  return waits ? null : DEFAULT_DATA;
}

interface Planned {
  preset: string;
  cost: Cost;
  epochs: number;
  data: PlannedData | null;
  seconds: number | null;
  measured: string;
}

/** The plan in words. */
export function words({ preset, cost, epochs, data, seconds, measured }: Planned): string {
  const model = `the model “${preset}” (${integer(cost.parameters)} parameters)`;
  if (!data) return `Start needs images to train on: see “1. Data”. It would then train ${model} for ${plural(epochs, "epoch")}.`;
  const held = [
    data.validation > 0 ? `${integer(data.validation)} are held back to choose the best epoch` : "",
    data.test > 0 ? `${integer(data.test)} to test it at the end` : "",
  ].filter((text) => text !== "").join(", ");
  const time = seconds === null ? "" : ` It should take about ${roughly(seconds)} (${measured}).`;
  return `Start trains ${model} for ${plural(epochs, "epoch")} on ${plural(data.train, "image")}: ${data.name}.`
    + `${held === "" ? "" : ` ${held}.`}${time}`;
}

/** Rounds a time: seconds would suggest false precision. */
function roughly(seconds: number): string {
  if (seconds < 60) return duration(Math.max(5, 5 * Math.round(seconds / 5)));
  return seconds < 3600 ? plural(Math.round(seconds / 60), "minute") : duration(seconds);
}
