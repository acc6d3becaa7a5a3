/** Before a run: what Start will do, and how long it should take. */
import type { App } from "../app.js";
import type { Cost } from "../protocol/engine.js";
import { runSeconds, speed } from "../settings/estimate.js";
import { type Measured, watchRuns } from "../settings/measured.js";
import { t } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { duration, integer, plural } from "../ui/format.js";
import { shortened } from "../ui/names.js";

/** The data of a run without the user's files: 5,000 digits, a tenth each held out for validation and test. */
const DEFAULT_DATA = { train: 4000, validation: 500, test: 500 };

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
    const measured = t(pace?.basis === "guess" ? "a guess until it was measured here" : "as measured here");
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
    return { train, validation, test, name: listed(names) };
  }
  const waits = (state?.files.length ?? 0) > 0 || app.last("chosen-files")?.objection();
  return waits ? null : { ...DEFAULT_DATA, name: t("real digits from MNIST, which Start fetches (0.8 MB)") };
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
  const model = { preset, parameters: integer(cost.parameters), epochs: plural(epochs, "epoch") };
  if (!data) return t("Start needs images to train on: see “1. Data”. It would then train the model “{preset}” ({parameters} parameters) for {epochs}.", model);
  const { train, name } = data;
  return [
    t("Start trains the model “{preset}” ({parameters} parameters) for {epochs} on {images}: {name}.", { ...model, images: plural(train, "image"), name }),
    heldBack(data),
    seconds === null ? "" : t("It should take about {time} ({measured}).", { time: roughly(seconds), measured }),
  ].filter((text) => text !== "").join(" ");
}

/** What is not trained on; empty if that is nothing. */
function heldBack({ validation, test }: PlannedData): string {
  const held = { validation: integer(validation), test: integer(test) };
  if (validation > 0 && test > 0) return t("{validation} are held back to choose the best epoch, {test} to test it at the end.", held);
  if (validation > 0) return t("{validation} are held back to choose the best epoch.", held);
  return test > 0 ? t("{test} are held back to test it at the end.", held) : "";
}

/** The files in a sentence. */
function listed(names: readonly string[]): string {
  const [first = "", second] = names;
  if (names.length > 2) return t("{count} files", { count: names.length });
  return second === undefined ? first : t("{first} and {second}", { first, second });
}

/** Rounds a time: seconds would suggest false precision. */
function roughly(seconds: number): string {
  if (seconds < 60) return duration(Math.max(5, 5 * Math.round(seconds / 5)));
  return seconds < 3600 ? plural(Math.round(seconds / 60), "minute") : duration(seconds);
}
