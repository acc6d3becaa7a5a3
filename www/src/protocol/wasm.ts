/**
 * The interface of the two WebAssembly modules. `crate/web/` implements it; only the workers load the code that
 * wasm-bindgen generates.
 */
import type {
  Augment, Checked, Command, Contestant, Correction, EpochDetail, Event, FileCorrections, FileRole, FileReport, Limits, Prediction, DataReport, ModelConfig, Orientation, PresetReport,
  RaceBudget, RaceEvent, ReadOptions, RunSettings, Stroke,
} from "./engine.js";

/** The small module for images and predictions. Its functions throw a `PatchworkError`. */
export interface PredictorModule {
  default(input: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  Predictor: new (weights: Uint8Array) => Predictor;
  /** Strokes to a 28×28 image as MNIST was made; undefined if there is no ink. `penWidth` is in pixels of that image. */
  image_of_strokes(strokes: Stroke[], penWidth: number): Uint8Array | undefined;
  /** A grey picture (0 background, 255 ink), `[height, width]`, to a 28×28 image; undefined if there is no ink. */
  image_of_ink(ink: Uint8Array, width: number, height: number): Uint8Array | undefined;
  /** The presets for images of `side` pixels and `classes` classes. */
  presets(side: number, classes: number): PresetReport[];
  /** Whether settings are possible, and what they cost. */
  check(settings: RunSettings): Checked;
  /** The range of each setting. */
  limits(): Limits;
  /** An image augmented as in training: the same for the same seed and number. Bytes, `[side, side]`. */
  deform(image: Uint8Array, side: number, augment: Augment, seed: number, number: number): Uint8Array;
  /** One built-in digit, 28×28. */
  builtin_digit(label: number, seed: number): Uint8Array;
}

/** A model that is ready to predict. */
export interface Predictor {
  model(): ModelConfig;
  parameters(): number;
  /** Class names; empty if the classes are plain numbers. */
  class_names(): string[];
  /** Predicts an image of `[side, side]` bytes. */
  predict(image: Uint8Array): Promise<Prediction>; // `milliseconds` is the worker's to add
  free(): void;
}

/** The large module that reads data and trains. Its functions throw a `PatchworkError`. */
export interface TrainerModule {
  default(input: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  /** Opens the graphics device; the caller has checked its adapter. */
  open_graphics(): Promise<Trainer>;
  /** Opens the CPU; steps are shared with the pool, if given. */
  open_cpu(pool?: WorkerPool): Trainer;
  StepWorker: new (settings: RunSettings) => StepWorker;
}

/** Shares the steps and evaluations of a run. */
export interface WorkerPool {
  /** Sets the settings of the parts to come. */
  configure(settings: RunSettings): void;
  /** The result of a `StepWorker` for each part at these weights. */
  gradients(weights: Float32Array, parts: MicroBatch[]): Promise<Float32Array[]>;
  /** The logits of images, `[images, side, side]` in each part. */
  logits(weights: Float32Array, parts: Uint8Array[]): Promise<Float32Array[]>;
}

/** A part of a batch. */
export interface MicroBatch {
  /** Epoch, step, and index of the part in the batch. */
  moment: Uint32Array;
  /** Indices of the images in the data, `[images]`. */
  indices: Uint32Array;
  /** `[images, side, side]` */
  pixels: Uint8Array;
  /** `[images]` */
  labels: Uint8Array;
}

/** Computes parts. */
export interface StepWorker {
  /** The gradient of the mean loss, then mean loss and number of correct images. */
  gradient(
    weights: Float32Array, moment: Uint32Array, indices: Uint32Array, pixels: Uint8Array, labels: Uint8Array,
  ): Promise<Float32Array>;
  /** The logits of images, `[images, side, side]`: `[images, classes]`. */
  logits(weights: Float32Array, pixels: Uint8Array): Promise<Float32Array>;
  free(): void;
}

/** Data and at most one training run on one device. */
export interface Trainer {
  /** The name of the device. */
  device(): string;

  /** Opens a file; its bytes follow. */
  open_file(name: string, options?: ReadOptions): void;
  /**
   * Opens a stored file with the `labels` and `extras` that `export_file` returned (both may be empty); the bytes of its images
   * follow. It is complete: `close_file` returns its report as it was, and it is not paired with other files.
   */
  open_kept(name: string, labels: Uint8Array, extras: Uint8Array): void;
  /** Takes some bytes; returns the images read so far. */
  push(bytes: Uint8Array): number;
  /** Ends the file. Its images are available under the number in the report. */
  close_file(): FileReport;
  /** Discards the file being read. */
  abort_file(): void;
  add_builtin(count: number, seed: number): FileReport;
  remove_file(id: number): void;
  set_role(id: number, role: FileRole): void;
  /** Pairs images with the labels of another file (its `candidates` list the possible ones), which is merged into theirs. */
  pair(images: number, labels: number): FileReport;
  /** Corrects images of the material, which has to be prepared again; by file, how to do the same to it again. */
  correct(corrections: Correction[]): FileCorrections[];
  /** Corrects images of a file, by their places in it. */
  correct_file(id: number, corrections: Correction[]): FileReport;
  /** Turns the images of a file so that they are ink on paper, rows first. */
  set_orientation(id: number, orientation: Orientation): FileReport;
  /** Checks a sample with a known-good model (safetensors); the finding becomes one of the file's `notices`. */
  check_orientation(id: number, model: Uint8Array): Promise<FileReport>;
  files(): FileReport[];
  /** Combines the files into training, validation and test images. */
  prepare(validation: number, test: number, seed: number): DataReport;
  /** Pixels of images of a file by index, `[images, side, side]`. */
  file_images(id: number, indices: Uint32Array): Uint8Array;
  /** Their labels, -1 if the file has none. */
  file_labels(id: number, indices: Uint32Array): Int32Array;
  /** Pixels of training images by index (`SamplePrediction.index`). */
  images(indices: Uint32Array): Uint8Array;
  /** A file for storage: IDX images, IDX labels (each empty if there are none) and all else. */
  export_file(id: number): { images: Uint8Array; labels: Uint8Array; extras: Uint8Array };

  /** Starts a run, from fresh weights or from given ones (safetensors). */
  start(settings: RunSettings, weights?: Uint8Array): void;
  /** Resumes a run from its checkpoint. */
  resume(checkpoint: Uint8Array): void;
  /** Has the run learn from a teacher (safetensors): before its first step, and again where it is resumed. */
  teach(teacher: Uint8Array): void;
  /** The accuracy of a teacher (safetensors) on validation images of the run. */
  judge_teacher(teacher: Uint8Array): Promise<number>;
  /** Ends and discards the run. */
  reset(): void;
  command(command: Command): Event[];
  /** Does one small piece of work. An empty list if there is nothing to do. */
  step(): Promise<Event[]>;
  checkpoint(): Promise<Uint8Array>;
  /** safetensors of the current weights, or of the best epoch. */
  weights(which: "current" | "best"): Promise<Uint8Array>;
  /** The last validation results. */
  detail(): EpochDetail | undefined;
  /** Starts a race; it takes the place of the run. */
  start_race(contestants: Contestant[], budget: RaceBudget): void;
  command_race(command: Command): RaceEvent[];
  /** Does one small piece of work of the race. */
  step_race(): Promise<RaceEvent[]>;
  race_checkpoint(contestant: number): Promise<Uint8Array>;
  /** safetensors of a contestant's current weights. */
  race_weights(contestant: number): Promise<Uint8Array>;
  /** The last validation results of a contestant's epochs. */
  race_detail(contestant: number): EpochDetail | undefined;
  end_race(): void;
  /** Begins to predict the images of a file with a model (safetensors). A run that begins ends it. */
  begin_predictions(id: number, model: Uint8Array): void;
  /** Predicts the next images; how many are done, and how many there are. */
  predict_batch(): Promise<Uint32Array>;
  /** The predictions once all are done: `ImageId,Label`, with the file's own ids where it has some. */
  end_predictions(): string;
  /** metrics.csv of the run. */
  metrics(): string;
  /** The report of the run as one page of HTML. */
  report(title: string, preset: string): string;
  free(): void;
}
