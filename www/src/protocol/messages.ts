/** Messages between the page and its two workers: plain data, one tagged union each way. */
import type {
  Augment, Checked, Command, Contestant, Correction, EpochDetail, EpochRow, Event, FileRole, FileReport, Limits, Prediction, DataReport, ModelConfig, Orientation, PatchworkError,
  PresetReport, RaceBudget, RaceEvent, ReadOptions, RunSettings, Stroke,
} from "./engine.js";

/** The user's drawing: strokes, or a grey picture (0 background, 255 ink). */
export type Drawing =
  | { kind: "strokes"; strokes: Stroke[]; /** In pixels of the 28×28 image; MNIST's median is 2.4. */ penWidth: number }
  | { kind: "ink"; pixels: Uint8Array; width: number; height: number }
  /** An image that already has the model's format, `[side, side]`. */
  | { kind: "image"; pixels: Uint8Array };

export interface ModelInfo {
  model: ModelConfig;
  parameters: number;
  /** Class names; empty if the classes are plain numbers. */
  class_names: string[];
}

/** Calls of the predictor: name → [input, output]. */
export interface PredictorCalls {
  /** Loads a model (safetensors). */
  use: [{ weights: Uint8Array }, ModelInfo];
  /** Predicts a drawing with the model in use; null if there is no ink. */
  predict: [{ drawing: Drawing }, Prediction | null];
  presets: [{ side: number; classes: number }, PresetReport[]];
  /** Whether settings are possible, and what they cost. */
  check: [{ settings: RunSettings }, Checked];
  /** The range of each setting. */
  limits: [Record<string, never>, Limits];
  /** `count` augmented versions of an image, `[count, side, side]`. */
  deform: [{ image: Uint8Array; side: number; augment: Augment; seed: number; count: number }, Uint8Array];
  /** Built-in digits 0 to 9, `[10, 28, 28]`. */
  digits: [{ seed: number }, Uint8Array];
}

/** The device that trains, and why it was chosen. */
export interface DeviceReport {
  kind: "gpu" | "cpu";
  /** The device's own name. */
  name: string;
  /** A software adapter: a graphics adapter emulated on the CPU. */
  software: boolean;
  /** A sentence for the user: why this device, and how to get a better one. Empty if there is nothing to say. */
  note: string;
}

/** A stored run. */
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
  /** Test figures, if there were test images. */
  test: { loss: number; accuracy: number; confusion: number[][] } | null;
  /** Epochs whose weights are stored. */
  epochs: number[];
  /** Whether there is a checkpoint, so that the run can be resumed. */
  resumable: boolean;
  /** What went wrong, if anything. */
  error: PatchworkError | null;
  /** The model that it learns from, with its accuracy on validation images. The page gets it without the weights. */
  teacher?: Omit<Taught, "weights"> & { weights: Uint8Array | null; accuracy: number };
  /** The position of the last checkpoint, if known. */
  at?: { epoch: number; step: number };
  /** Its size in the browser: one stored epoch, the checkpoint, the data (counted for each run that uses it). */
  bytes?: { epoch: number; checkpoint: number; data: number };
}

/** The teacher that a run starts with: its name, its weights (safetensors), and the epochs of its own training if known. */
export interface Taught { name: string; weights: Uint8Array; history: EpochRow[] }

/** The source of images, so that they can be read again: one file, or something that needs none. */
export type Source =
  | { type: "file"; file: File; options: ReadOptions }
  | { type: "builtin"; count: number; seed: number }
  /** What was kept of a file beside a run. */
  | { type: "kept"; key: string }
  /** What a person corrected since, by place in the file. */
  | { type: "corrections"; corrections: Correction[] };

/** An entry of the file list with all its sources: images and labels are two files. */
export interface Entry { report: FileReport; sources: Source[] }

export interface DataState {
  /** The worker that holds the files: another one starts without any. */
  holder: string;
  files: FileReport[];
  material: DataReport | null;
  split: { validation: number; test: number; seed: number };
  /** The sources of each file's images, by file number. */
  sources: Map<number, Source[]>;
}

/** What a race starts with. */
export interface RaceSetup {
  contestants: (Contestant & { /** The preset of its settings. */ preset: string; /** The name of its run. */ run: string })[];
  budget: RaceBudget;
}

/** Calls of the trainer. */
export interface TrainerCalls {
  /** Opens a device; with another choice later, everything moves to the new device (data stays, a run resumes from its checkpoint). */
  open: [{ device: "auto" | "cpu" | "gpu" }, DeviceReport];
  /** All files of this worker. */
  data: [Record<string, never>, DataState];
  /** Reads a file; progress is reported through events. A bad file throws and leaves the others untouched. */
  addFile: [{ file: File; options: ReadOptions }, DataState];
  /**
   * Reads an entry that another worker held; its role and the user's other choices are kept. `exact`: the content must
   * be the same as before.
   */
  addAgain: [{ entry: Entry; exact: boolean }, DataState];
  addBuiltin: [{ count: number; seed: number }, DataState];
  removeFile: [{ id: number }, DataState];
  setPart: [{ id: number; part: FileRole }, DataState];
  /** Pairs images with the labels of another file. */
  pair: [{ images: number; labels: number }, DataState];
  /** Corrects images of the material: labels, and images to leave out. */
  correct: [{ corrections: Correction[] }, DataState];
  /** Turns the images of a file to how a person says that they stand. */
  orient: [{ id: number; orientation: Orientation }, DataState];
  /** Checks the orientation of a file's images with a known-good model (safetensors). */
  checkOrientation: [{ id: number; weights: Uint8Array }, DataState];
  setSplit: [{ validation: number; test: number; seed: number }, DataState];
  /** Stops reading a file. */
  cancelReading: [Record<string, never>, null];
  /** Images of a file with their labels (-1 without). */
  fileImages: [{ id: number; indices: number[] }, { side: number; pixels: Uint8Array; labels: number[] }];
  /** Training images, by `SamplePrediction.index`. */
  images: [{ indices: number[] }, { side: number; pixels: Uint8Array }];
  /** Starts a run, from fresh weights or given ones. */
  start: [{ settings: RunSettings; preset: string; name: string; weights: Uint8Array | null; /** The model that it learns from. */ teacher: Taught | null }, RunRecord];
  /** Resumes a stored run from its last checkpoint, with the data stored beside it. */
  resume: [{ id: string }, RunRecord];
  /** Pause, resume, one step, stop. */
  command: [{ command: Command }, null];
  /** Leaves the run, which stays among the stored ones. */
  reset: [Record<string, never>, null];
  /** Starts a race, in place of the run; its contestants are stored as runs. */
  startRace: [RaceSetup, DeviceReport];
  /** Pauses, resumes or stops the race. */
  commandRace: [{ command: Command }, null];
  /** Answered between two pieces of work. */
  ping: [Record<string, never>, null];
  /** Ends the step workers because they do not answer: the step that waits for them is computed without them. */
  giveUp: [Record<string, never>, null];
  /** Writes a checkpoint now; retries what could not be stored before. */
  save: [Record<string, never>, null];
  /** Stores a run that was deleted in another tab as a new one. */
  keepAsNew: [Record<string, never>, RunRecord];
  /** The most bytes for the stored epochs of a run. */
  limit: [{ most: number }, null];
  /** Whether someone is watching: `live` weights are only sent then. */
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
  /** Its start, in milliseconds since 1970. */
  since: number;
  /** Seconds that it usually takes; null if unknown. */
  usual: number | null;
  /** Whether another worker computes it: the run can continue without that worker. */
  shared: boolean;
}

/** Events of the trainer. */
export type TrainerEvent =
  | { type: "reading"; file: string; done: number; total: number; images: number }
  | { type: "session"; events: Event[] }
  /** A file is being predicted. */
  | { type: "predicting"; id: number; done: number; total: number }
  /** Where a run stands that was paused: its figures are read only every few steps. */
  | { type: "at"; epoch: number; step: number }
  /** An epoch was validated: its figures and weights. */
  | { type: "epoch"; detail: EpochDetail; weights: Uint8Array }
  | { type: "saved"; at: number }
  /** Something could not be stored (full, refused): training continues, and storing is retried. */
  | { type: "not-saved"; problem: string; help: string }
  /** What could not be stored is stored now. */
  | { type: "saved-again" }
  /** The run was deleted in another tab: it continues, but nothing of it is stored any more. */
  | { type: "deleted" }
  /** The step workers failed: training continues in one worker. */
  | { type: "alone"; problem: string; help: string }
  /** Fresh weights within an epoch (at most every two seconds), for the live prediction. */
  | { type: "live"; weights: Uint8Array; epoch: number; step: number }
  | { type: "run"; run: RunRecord }
  | { type: "race"; events: RaceEvent[] }
  /** Fresh weights of a contestant, for its reading of the drawing. */
  | { type: "race-weights"; contestant: number; weights: Uint8Array }
  /** A contestant is stored as the run of this id. */
  | { type: "race-run"; contestant: number; id: string }
  /** The stored runs of contestants changed. */
  | { type: "race-stored" }
  /** The race failed; the trainer works and still has its files. */
  | { type: "race-failed"; error: PatchworkError }
  /** The data changed without a request: a resumed run brought its own. */
  | { type: "data"; data: DataState }
  /** The worker has neither answered nor failed for some seconds, or answers again: sent by the page itself. */
  | { type: "silence"; silent: boolean; seconds: number }
  /** Pieces of work that take many times their usual time, sent whenever that changes. */
  | { type: "late"; late: Late[] }
  /** The graphics device was lost while the CPU was in use: nothing else is lost. */
  | { type: "device-lost"; problem: string; help: string }
  /** The run failed, but the trainer works and still has its files. */
  | { type: "run-failed"; error: PatchworkError; device: "gpu" | "cpu"; resumable: boolean }
  /**
   * The worker was terminated because it, its device or its module failed. The next call starts another one, without
   * files and run. Sent once per worker; `resumable` if there is a checkpoint.
   */
  | { type: "failed"; error: PatchworkError; device: "gpu" | "cpu"; resumable: boolean };

/** The wire format: the answer to a call, or an event. */
export type RpcAnswer = { id: number; ok: true; output: unknown } | { id: number; ok: false; error: PatchworkError };
export type FromWorker<E> = RpcAnswer | { event: E } | { /** The worker is past help: it wants to be ended. */ crashed: PatchworkError };
