/**
 * What the parts of the page share: who is the model in use, what it made of the drawing. Parts read
 * the state and listen; none calls another.
 */
import type { Prediction, ModelConfig, PatchworkError, RunSettings } from "./protocol/engine.js";
import type { DataState, DeviceReport, Drawing, ModelInfo, RunRecord, TrainerEvent } from "./protocol/messages.js";
import type { PredictorClient } from "./client/predictor.js";
import { tellAll } from "./client/report.js";
import type { TrainerClient } from "./client/trainer.js";
import type { PageStore } from "./store/open.js";

/** A model that predicts on the page. */
export interface ActiveModel {
  source: "shipped" | "training" | "epoch" | "file";
  /** For people: "the shipped model", "epoch 3 of run …". */
  label: string;
  info: ModelInfo;
  /** safetensors. */
  weights: Uint8Array;
}

/** The settings that the next run would start with. */
export interface ChosenSettings {
  settings: RunSettings;
  /** Name of the preset that they came from. */
  preset: string;
  /** Whether a run can start with them. */
  valid: boolean;
  /** Why not, where they are impossible. */
  error: PatchworkError | null;
  /** Where to train. */
  device: "auto" | "cpu" | "gpu";
}

/** What a person brought to learn from, as whoever begins a run asks for it. */
export interface ChosenFiles {
  /** Answers when nothing is left to read. */
  settled(): Promise<void>;
  /** Why a run cannot begin before the person decides; nothing where it can. */
  objection(): PatchworkError | null;
  /** Brings the digits that a run without files of one's own trains on; answers when they are there, or failed to come. */
  useDefault(): Promise<void>;
}

/** Everything that is said on the page, by name. */
export interface AppEvents {
  /** The drawing changed (null: empty). */
  drawing: Drawing | null;
  /** The model in use looked at the drawing (null: nothing to look at). */
  prediction: Prediction | null;
  /** Another model is in use. */
  model: ActiveModel;
  /** The shipped model did not come. */
  "model-missing": null;
  /** Someone wants this model to be used; the predictor's part of the page answers with `model`. */
  "use-model": { source: ActiveModel["source"]; label: string; weights: Uint8Array };
  /** Which model the canvas uses while one is in training; the shipped one where nothing was trained. */
  "model-choice": "shipped" | "training";
  /** Show this image on the canvas instead of ink (a sample, a mistake, a picture). */
  "show-drawing": Drawing;
  data: DataState;
  "chosen-files": ChosenFiles;
  settings: ChosenSettings;
  device: DeviceReport;
  /** Someone wants to train on this device; the settings' part of the page chooses it. */
  "use-device": "cpu";
  run: RunRecord | null;
  trainer: TrainerEvent;
  /** Someone wants a kept run to go on (its id); the run's part of the page does it. */
  "resume-run": string;
  /** Someone wants a run that starts from given weights, with their own model. */
  "start-from": { weights: Uint8Array; model: ModelConfig; name: string };
  /** Someone wants the results of a kept run to be shown. */
  "show-run": RunRecord;
  /** The kept epoch whose model, figures and mistakes are shown (null: the newest). */
  "epoch-shown": number | null;
  /** Someone wants the run in training to be stopped; the run's part of the page does it. */
  "stop-run": null;
  /** The kept runs changed. */
  runs: null;
  /** A run was deleted (its id), here or in another tab. */
  "run-deleted": string;
  /** The run that the trainer has: what it made can be asked for. Nobody's (null) after its worker was replaced. */
  held: string | null;
}

/** A small typed event hub that remembers the last value of each event. */
export class App {
  readonly #listeners = new Map<keyof AppEvents, Set<(value: never) => void>>();
  readonly #last = new Map<keyof AppEvents, unknown>();

  constructor(
    readonly predictor: PredictorClient,
    readonly trainer: TrainerClient,
    readonly store: PageStore,
  ) {}

  /**
   * Listens; says the last value at once where there is one and `replay` is wanted. A listener that throws is
   * reported to the browser and stops nobody.
   */
  on<K extends keyof AppEvents>(name: K, listener: (value: AppEvents[K]) => void, replay = true): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as (value: never) => void);
    if (replay && this.#last.has(name)) tellAll([listener], this.#last.get(name) as AppEvents[K]);
    return () => listeners.delete(listener as (value: never) => void);
  }

  emit<K extends keyof AppEvents>(name: K, value: AppEvents[K]): void {
    this.#last.set(name, value);
    tellAll((this.#listeners.get(name) ?? []) as Iterable<(value: AppEvents[K]) => void>, value);
  }

  last<K extends keyof AppEvents>(name: K): AppEvents[K] | undefined {
    return this.#last.get(name) as AppEvents[K] | undefined;
  }
}
