/** Starting a run: the settings, the data (real digits from MNIST if the user added none), the device. */
import type { App, ChosenSettings } from "../app.js";
import { failure, problem } from "../client/errors.js";
import { presetsFor } from "../client/presets.js";
import type { ModelConfig, RunSettings } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { runName, unique } from "./name.js";

/** Weights to start from, with their model. */
export interface Given { weights: Uint8Array; model: ModelConfig; name: string }

/** Starts a run with the current choices. `showStatus` tells the user what is being done. */
export async function begin(app: App, given: Given | null, showStatus: (text: string) => void): Promise<RunRecord> {
  await prepare(app, showStatus);
  const { settings, preset, teacher } = await chosen(app);
  showStatus(t("Starting…"));
  return app.trainer.call("start", {
    settings: given ? continued(given, settings) : settings,
    preset,
    name: await nameOf(app, given, settings, preset),
    weights: given?.weights ?? null,
    teacher: given ? null : teacher,
  });
}

/** Opens the device and has the images read that a run or a race trains on. */
export async function prepare(app: App, showStatus: (text: string) => void): Promise<void> {
  await openDevice(app, showStatus);
  await settleFiles(app, showStatus);
  await useDefault(app, showStatus);
}

/** A name that no kept run has. */
async function nameOf(app: App, given: Given | null, settings: RunSettings, preset: string): Promise<string> {
  const taken = (await app.store.runs().catch(() => [])).map(({ name }) => name);
  if (given) {
    const from = t("continued from {name}", { name: "" });
    return unique(from + (given.name.startsWith(from) ? given.name.slice(from.length) : given.name), taken);
  }
  const { image_size: side, classes } = settings.model;
  const presets = await presetsFor(app.predictor, side, classes);
  return runName(presets.find(({ name }) => name === preset), preset, settings, taken);
}

/** The settings to continue from given weights, without a teacher. */
function continued({ model }: Given, settings: RunSettings): RunSettings {
  const { distillation: _, ...train } = settings.train;
  return { model: trainedAs(model, settings.model), train };
}

/** The architecture comes from the weights, dropout and stochastic depth from the settings. */
function trainedAs(model: ModelConfig, chosen: ModelConfig): ModelConfig {
  const { dropout, attention_dropout, stochastic_depth } = chosen;
  return { ...model, dropout, attention_dropout, stochastic_depth };
}

/** Waits for the user's files; fails if they need a decision first. */
async function settleFiles(app: App, showStatus: (text: string) => void): Promise<void> {
  showStatus(t("Waiting for your files…"));
  const files = app.last("chosen-files");
  await files?.settled();
  const objection = files?.objection() ?? null;
  if (objection !== null) throw failure(objection);
}

/** No data was added: use real digits, as the page announced. */
async function useDefault(app: App, showStatus: (text: string) => void): Promise<void> {
  if (app.last("data")?.material?.train) return;
  showStatus(t("Fetching 5,000 real digits from MNIST…"));
  const files = app.last("chosen-files");
  await files?.useDefault();
  if (app.last("data")?.material?.train) return;
  const why = files?.objection() ?? problem("data", t("There are no images to train on"));
  throw failure({ ...why, help: t("See under “1. Data” what is missing, or press “Use built-in digits” there") });
}

/** Opens the chosen device; does nothing if it is already open. */
export async function openDevice(app: App, showStatus: (text: string) => void): Promise<void> {
  showStatus(t("Loading the training engine…"));
  app.emit("device", await app.trainer.call("open", { device: app.last("settings")?.device ?? "auto" }));
}

/** The chosen settings; the first preset if the settings part is not loaded yet. */
async function chosen(app: App): Promise<Pick<ChosenSettings, "settings" | "preset" | "teacher">> {
  const settings = app.last("settings");
  if (settings) return settings;
  const material = app.last("data")?.material;
  const presets = await presetsFor(app.predictor, material?.side ?? 28, material?.classes ?? 10);
  const first = presets[0];
  if (!first) throw new Error("There are no presets");
  return { settings: { model: first.model, train: first.train }, preset: first.name, teacher: null };
}
