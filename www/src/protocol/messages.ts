/** Messages between the page and its two workers: plain data, one tagged union each way. */
import type {
  Augment, Checked, Command, Correction, EpochDetail, EpochRow, Event, FileRole, FileReport, Limits, Prediction, DataReport, ModelConfig, Orientation, PatchworkError, PresetReport,
  ReadOptions, RunSettings, Stroke,
} from "./engine.js";

/** What a person drew or brought: strokes, or a picture in grey (0 paper, 255 ink). */
export type Drawing =
  | { kind: "strokes"; strokes: Stroke[]; /** In pixels of the 28×28 image; MNIST's median is 2.4. */ penWidth: number }
  | { kind: "ink"; pixels: Uint8Array; width: number; height: number }
  /** An image that is already as the model wants it, `[side, side]`. */
  | { kind: "image"; pixels: Uint8Array };

export interface ModelInfo {
  model: ModelConfig;
  parameters: number;
  /** What the classes are called; empty where they are called by their numbers. */
  class_names: string[];
}

/** Calls of the predictor: name → [what goes in, what comes out]. */
export interface PredictorCalls {
  /** Takes a model (safetensors). */
  use: [{ weights: Uint8Array }, ModelInfo];
  /** Looks at a drawing with the model in use; null where there is no ink. */
  predict: [{ drawing: Drawing }, Prediction | null];
  presets: [{ side: number; classes: number }, PresetReport[]];
  /** Whether settings are possible, and what they cost. */
  check: [{ settings: RunSettings }, Checked];
  /** The range of each setting. */
  limits: [Record<string, never>, Limits];
  /** `count` deformed versions of an image, `[count, side, side]`. */
  deform: [{ image: Uint8Array; side: number; augment: Augment; seed: number; count: number }, Uint8Array];
  /** Built-in digits 0 to 9, `[10, 28, 28]`. */
  digits: [{ seed: number }, Uint8Array];
}

/** Which device trains, and why that one. */
export interface DeviceReport {
  kind: "gpu" | "cpu";
  /** What the device calls itself. */
  name: string;
  /** A graphics adapter that is a CPU in disguise. */
  software: boolean;
  /** A sentence for the person: why this device, and what would help to get a better one. Empty where all is well. */
  note: string;
}

/** A run as it is kept. */
export interface RunRecord {
  id: string;
  /** Milliseconds since 1970. */
  created: number;
  name: string;
  settings: RunSettings;
  preset: string;
  parameters: number;
  device: DeviceReport;
  data: { files: FileReport[]; material: DataReport };
  history: EpochRow[];
  state: "running" | "paused" | "stopped" | "finished" | "failed";
  /** Test figures where there were test images. */
  test: { loss: number; accuracy: number; confusion: number[][] } | null;
  /** Epochs whose weights are kept. */
  epochs: number[];
  /** Whether a checkpoint is kept, so that the run can go on. */
  resumable: boolean;
  /** What went wrong, where something did. */
  error: PatchworkError | null;
  /** Where the last checkpoint stands, if that is known. */
  at?: { epoch: number; step: number };
  /** What it takes in the browser: one kept epoch, the checkpoint, the data (counted for each run that uses it). */
  bytes?: { epoch: number; checkpoint: number; data: number };
}

/** Where images come from, so that they can be read again: one file, or something that needs none. */
export type Source =
  | { type: "file"; file: File; options: ReadOptions }
  | { type: "builtin"; count: number; seed: number }
  /** What was kept of a file beside a run. */
  | { type: "kept"; key: string }
  /** What a person corrected since, by place in the file. */
  | { type: "corrections"; corrections: Correction[] };

/** An entry of the list of files, and all that it was made of: images and labels are two files. */
export interface Entry { report: FileReport; sources: Source[] }

export interface DataState {
  /** Which worker holds the files: another one begins without any. */
  holder: string;
  files: FileReport[];
  material: DataReport | null;
  split: { validation: number; test: number; seed: number };
  /** Where the images of each file come from, by its number. */
  sources: Map<number, Source[]>;
}

/** Calls of the trainer. */
export interface TrainerCalls {
  /** Opens a device; asked again with another choice, it moves over (data stays, a run is resumed from its checkpoint). */
  open: [{ device: "auto" | "cpu" | "gpu" }, DeviceReport];
  /** All files that this worker holds. */
  data: [Record<string, never>, DataState];
  /** Reads a file; progress comes as events. A bad one throws and leaves the others untouched. */
  addFile: [{ file: File; options: ReadOptions }, DataState];
  /**
   * Reads an entry that another worker held: its use and what else a person chose for it stay. `exact`: what is read
   * must be what was held before.
   */
  addAgain: [{ entry: Entry; exact: boolean }, DataState];
  addBuiltin: [{ count: number; seed: number }, DataState];
  removeFile: [{ id: number }, DataState];
  setPart: [{ id: number; part: FileRole }, DataState];
  /** Gives images the labels of another file. */
  pair: [{ images: number; labels: number }, DataState];
  /** Corrects images of the material: labels, and images to leave out. */
  correct: [{ corrections: Correction[] }, DataState];
  /** Turns the images of a file to how a person says that they stand. */
  orient: [{ id: number; orientation: Orientation }, DataState];
  /** Has a known-good model (safetensors) say how the images of a file stand. */
  checkOrientation: [{ id: number; weights: Uint8Array }, DataState];
  setSplit: [{ validation: number; test: number; seed: number }, DataState];
  /** Stops the reading of a file. */
  cancelReading: [Record<string, never>, null];
  /** Images of a file with their labels (-1 without). */
  fileImages: [{ id: number; indices: number[] }, { side: number; pixels: Uint8Array; labels: number[] }];
  /** Images of the material, as `SamplePrediction.index` numbers them. */
  images: [{ indices: number[] }, { side: number; pixels: Uint8Array }];
  /** Begins a run, from fresh weights or given ones. */
  start: [{ settings: RunSettings; preset: string; name: string; weights: Uint8Array | null }, RunRecord];
  /** Takes up a kept run where its last checkpoint stands, with the data kept beside it. */
  resume: [{ id: string }, RunRecord];
  /** Pause, resume, one step, stop. */
  command: [{ command: Command }, null];
  /** Leaves the run: it stays among the kept ones. */
  reset: [Record<string, never>, null];
  /** A sign of life: answered between two pieces of work. */
  ping: [Record<string, never>, null];
  /** Ends the workers that share the steps, as they do not answer: the step that waits for them is computed without. */
  giveUp: [Record<string, never>, null];
  /** Writes a checkpoint now; what could not be kept before is tried again. */
  save: [Record<string, never>, null];
  /** Keeps a run that was deleted in another tab, as a new one. */
  keepAsNew: [Record<string, never>, RunRecord];
  /** What the kept epochs of a run may take, in bytes. */
  limit: [{ most: number }, null];
  /** Whether someone watches: `live` weights are made only then. */
  watch: [{ on: boolean }, null];
  /** Weights of the run in training. */
  weights: [{ which: "current" | "best" }, Uint8Array];
  /** What a model (safetensors) reads in the images of a file, as CSV; how far it is comes as events. */
  predict: [{ id: number; weights: Uint8Array }, string];
  metrics: [Record<string, never>, string];
  report: [Record<string, never>, string];
}

/** A piece of work that is late. */
export interface Late {
  /** "a training step", "worker 2 of 4". */
  what: string;
  /** When it began, in milliseconds since 1970. */
  since: number;
  /** Seconds that it usually takes; null where that is not known. */
  usual: number | null;
  /** Another worker computes it: without it, the run can go on. */
  shared: boolean;
}

/** What the trainer says without being asked. */
export type TrainerEvent =
  | { type: "reading"; file: string; done: number; total: number; images: number }
  | { type: "session"; events: Event[] }
  /** A file is being predicted. */
  | { type: "predicting"; id: number; done: number; total: number }
  /** Where a run stands that was paused: its figures are read only every few steps. */
  | { type: "at"; epoch: number; step: number }
  /** An epoch was validated: figures, and its weights for whoever shows them. */
  | { type: "epoch"; detail: EpochDetail; weights: Uint8Array }
  | { type: "saved"; at: number }
  /** Something could not be kept (full, refused): training goes on without, and it is tried again. */
  | { type: "not-saved"; problem: string; help: string }
  /** What could not be kept is kept now. */
  | { type: "saved-again" }
  /** The run was deleted, in another tab: it goes on, but nothing of it is kept any more. */
  | { type: "deleted" }
  /** The workers that share the steps failed: training goes on in one. */
  | { type: "alone"; problem: string; help: string }
  /** Fresh weights between epochs (at most every two seconds), for the live canvas. */
  | { type: "live"; weights: Uint8Array; epoch: number; step: number }
  | { type: "run"; run: RunRecord }
  /** The data changed without being asked for: a resumed run brought its own. */
  | { type: "data"; data: DataState }
  /** The worker has neither answered nor failed for so many seconds, or answers again: said by the page itself. */
  | { type: "silence"; silent: boolean; seconds: number }
  /** Pieces of work that take many times their usual time, whenever that changes. */
  | { type: "late"; late: Late[] }
  /** The graphics device was lost while the CPU was in use: nothing is lost with it. */
  | { type: "device-lost"; problem: string; help: string }
  /** The run failed, and the trainer is well: it still has the files. */
  | { type: "run-failed"; error: PatchworkError; device: "gpu" | "cpu"; resumable: boolean }
  /**
   * The worker was ended: it failed, or its device or module did. The next call starts another, which has no files and no
   * run. Said once for each worker; `resumable` where a checkpoint is kept.
   */
  | { type: "failed"; error: PatchworkError; device: "gpu" | "cpu"; resumable: boolean };

/** The wire: the answer to a call, or an event. */
export type RpcAnswer = { id: number; ok: true; output: unknown } | { id: number; ok: false; error: PatchworkError };
export type FromWorker<E> = RpcAnswer | { event: E } | { /** The worker is past help: it wants to be ended. */ crashed: PatchworkError };
