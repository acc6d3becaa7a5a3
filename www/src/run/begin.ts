/** Beginning a run: the settings, the data (the built-in digits where there are none), the device. */
import type { App, ChosenSettings } from "../app.js";
import { failure } from "../client/errors.js";
import type { ModelConfig } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";

/** How many built-in digits stand in for data of one's own. */
export const BUILTIN = { count: 6000, seed: 1 };

/** Given weights to start from, with their own model. */
export interface Given { weights: Uint8Array; model: ModelConfig; name: string }

/** Starts a run with what was chosen. `showStatus` tells the person what is being done. */
export async function begin(app: App, given: Given | null, showStatus: (text: string) => void): Promise<RunRecord> {
  await openDevice(app, showStatus);
  await settleFiles(app, showStatus);
  if (!app.last("data")?.material?.train) {
    showStatus("No data chosen: making 6,000 built-in digits…");
    app.emit("data", await app.trainer.call("addBuiltin", BUILTIN));
  }
  const { settings, preset } = await chosen(app);
  showStatus("Starting…");
  return app.trainer.call("start", {
    settings: given ? { ...settings, model: trainedAs(given.model, settings.model) } : settings,
    preset,
    name: given ? `continued from ${given.name}` : preset,
    weights: given?.weights ?? null,
  });
}

/** The shape comes from the weights, dropout and stochastic depth from the settings. */
function trainedAs(model: ModelConfig, chosen: ModelConfig): ModelConfig {
  const { dropout, attention_dropout, stochastic_depth } = chosen;
  return { ...model, dropout, attention_dropout, stochastic_depth };
}

/** Waits for the person's files; fails where they have to decide first. */
async function settleFiles(app: App, showStatus: (text: string) => void): Promise<void> {
  showStatus("Waiting for your files…");
  const files = app.last("chosen-files");
  await files?.settled();
  const objection = files?.objection() ?? null;
  if (objection !== null) throw failure(objection);
}

/** Opens the chosen device; where it is open already, nothing happens. */
export async function openDevice(app: App, showStatus: (text: string) => void): Promise<void> {
  showStatus("Loading the training engine…");
  app.emit("device", await app.trainer.call("open", { device: app.last("settings")?.device ?? "auto" }));
}

/** The settings as chosen; the first preset where the settings' part of the page is not there yet. */
async function chosen(app: App): Promise<Pick<ChosenSettings, "settings" | "preset">> {
  const settings = app.last("settings");
  if (settings) return settings;
  const material = app.last("data")?.material;
  const presets = await app.predictor.call("presets", { side: material?.side ?? 28, classes: material?.classes ?? 10 });
  const first = presets[0];
  if (!first) throw new Error("There are no presets");
  return { settings: { model: first.model, train: first.train }, preset: first.name };
}
