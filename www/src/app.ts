/**
 * State and events shared by the sections of the page: the model in use, its prediction. Sections read the state and
 * listen; none calls another.
 */
import type { Prediction, ModelConfig, PatchworkError, RunSettings } from "./protocol/engine.js";
import type { DataState, DeviceReport, Drawing, ModelInfo, RunRecord, Taught, TrainerEvent } from "./protocol/messages.js";
import type { PredictorClient } from "./client/predictor.js";
import { tellAll } from "./client/report.js";
import type { TrainerClient } from "./client/trainer.js";
import type { Step } from "./present/steps.js";
import type { MapChoice, QueryToken } from "./see/maps.js";
import type { PageStore } from "./store/open.js";
import type { Language } from "./text/language.js";

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
  /** The choice as text, for links; empty if it is the page's own. */
  text: string;
  /** Whether a run can start with them. */
  valid: boolean;
  /** Why not, if they are impossible. */
  error: PatchworkError | null;
  /** The device for training. */
  device: "auto" | "cpu" | "gpu";
  /** The model that it learns from; null for none. */
  teacher: Taught | null;
}

/** The user's files for training, as seen by the code that starts a run. */
export interface ChosenFiles {
  /** Resolves when nothing is left to read. */
  settled(): Promise<void>;
  /** Why a run cannot start before the user decides; null if it can. */
  objection(): PatchworkError | null;
  /** Brings the digits that a run without files of one's own trains on; answers when they are there, or failed to come. */
  useDefault(): Promise<void>;
}

/** Files that somebody dropped on the page, and the names of folders, which cannot be read. */
export interface BroughtFiles {
  files: File[];
  folders: string[];
}

/** Whose attention, and in which block and head. */
export interface Attention {
  choice: MapChoice;
  reader: QueryToken;
}

/** All events of the page, by name. */
export interface AppEvents {
  /** The drawing changed (null: empty). */
  drawing: Drawing | null;
  /** The prediction of the model in use for the drawing (null: no drawing). */
  prediction: Prediction | null;
  /** Another model is in use. */
  model: ActiveModel;
  /** The shipped model could not be loaded. */
  "model-missing": null;
  /** Requests that this model is used; the predictor's section answers with `model`. */
  "use-model": { source: ActiveModel["source"]; label: string; weights: Uint8Array };
  /** The steps of the presentation for models that are no plain Vision Transformers: they come with the script of their views. */
  "steps-of-parts": (prediction: Prediction) => Step[];
  /** Which model the canvas uses during training; the shipped one if nothing was trained. */
  "model-choice": "shipped" | "training";
  /** Show this image on the canvas instead of ink (a sample, a mistake, a picture). */
  "show-drawing": Drawing;
  /** The drawing of the last visit is on the canvas again, if there was one. */
  restored: null;
  /** A person chose or points at this attention. */
  attention: Attention;
  /** Requests that this attention is shown. */
  "show-attention": Attention;
  /** Requests the page in this language. */
  "use-language": Language;
  /** Requests a lesson by its id (null: the list of lessons). */
  "open-lesson": string | null;
  /** Requests that a link to what is on the page is copied; the listener is told whether the browser allowed it. */
  "copy-link": (copied: boolean) => void;
  /** The lesson that is open. */
  lesson: string | null;
  data: DataState;
  /** Files for training or prediction, dropped anywhere on the page. */
  "files-brought": BroughtFiles;
  "chosen-files": ChosenFiles;
  settings: ChosenSettings;
  device: DeviceReport;
  /** Requests training on this device; the settings' section selects it. */
  "use-device": "cpu";
  run: RunRecord | null;
  trainer: TrainerEvent;
  /** Requests that a stored run (its id) is resumed; the run's section does it. */
  "resume-run": string;
  /** Requests a run that starts from given weights, with their own model. */
  "start-from": { weights: Uint8Array; model: ModelConfig; name: string };
  /** Requests that the results of a stored run are shown. */
  "show-run": RunRecord;
  /** The stored epoch whose model, figures and mistakes are shown (null: the newest). */
  "epoch-shown": number | null;
  /** Requests that the run in training is stopped; the run's section does it. */
  "stop-run": null;
  /** The stored runs changed. */
  runs: null;
  /** A run was deleted (its id), here or in another tab. */
  "run-deleted": string;
  /** The trainer's run, whose weights can be requested. Null after its worker was replaced. */
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
   * Listens; with `replay`, immediately gets the last value if there is one. A listener that throws is reported to the
   * browser and does not stop the others.
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
