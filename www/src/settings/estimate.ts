/**
 * What settings cost: work, time, memory, file sizes. Plain arithmetic on the shapes of the model; a
 * speed that was measured replaces the guess as soon as there is one.
 */
import type { ModelConfig, TrainConfig } from "../protocol/engine.js";
import type { DeviceReport, RunRecord } from "../protocol/messages.js";

/** Bytes of a 32-bit float. */
const FLOAT = 4;

/** Images per second of the preset `tiny` on the CPU in a browser, training: 670 to 1,640 on two cores, busy and quiet. */
const TINY_ON_CPU = 1000;
const TINY: Shape = {
  image_size: 28, patch_size: 7, classes: 10, width: 64, depth: 4, heads: 4, mlp: 128, pool: "class-token", stem: 0,
  stem_depth: 2,
};

type Shape = Pick<ModelConfig,
  "image_size" | "patch_size" | "classes" | "width" | "depth" | "heads" | "mlp" | "pool" | "stem" | "stem_depth">;

/** Patches along a side. */
export function grid({ image_size, patch_size }: Pick<ModelConfig, "image_size" | "patch_size">): number {
  return Math.ceil(image_size / patch_size);
}

/** Tokens of an image: its patches, and the class token where there is one. */
export function tokens(model: Pick<ModelConfig, "image_size" | "patch_size" | "pool">): number {
  return grid(model) ** 2 + (model.pool === "class-token" ? 1 : 0);
}

/** The 3×3 convolutions of a stem: channels in and out, and pixels from one window to the next. */
function stemLayers({ stem, stem_depth, patch_size }: Shape): { input: number; output: number; stride: number }[] {
  if (stem === 0) return [];
  const widening = Math.floor(stem_depth / 2);
  const made = (index: number): number => (index < 0 ? 1 : index < widening ? stem : 2 * stem);
  return Array.from({ length: stem_depth }, (_, index) => (
    { input: made(index - 1), output: made(index), stride: index === widening && patch_size % 2 === 0 ? 2 : 1 }));
}

/**
 * Multiply-adds of one image forward. With T tokens, width D, MLP M; P patches, each a window of p pixels per side
 * with C channels of the image or of what the stem made of it; and for a convolution of the stem from I to O
 * channels at S places per side:
 *
 *   the stem   9·I·O·S²                    for each convolution
 *   embedding  P·C·p²·D
 *   a block    T·(4·D² + 2·D·M) + 2·T²·D   queries, keys, values, projection, MLP; scores and reading
 *   head       D·classes
 */
export function multiplyAdds(model: Shape): number {
  const { width, mlp, depth, patch_size, classes } = model;
  const all = tokens(model);
  const block = all * (4 * width ** 2 + 2 * width * mlp) + 2 * all ** 2 * width;
  let [side, channels, convolutions] = [grid(model) * patch_size, 1, 0];
  for (const { input, output, stride } of stemLayers(model)) {
    side /= stride;
    channels = output;
    convolutions += 9 * input * output * side ** 2;
  }
  const embedding = channels * side ** 2 * width;
  return convolutions + embedding + depth * block + width * classes;
}

/**
 * Bytes that a training run needs beside the program: weights, gradients and the optimizer's two
 * moments (and the running average, where there is one), the best epoch's weights, and what the
 * backward pass reads of a batch. Of each block that is
 *
 *   T·(8·D + 2·M) + heads·T²   numbers an image, where the block is one operation:
 *
 * what comes in, two norms, queries, keys, values, what was read and the sum after it; the MLP after its GELU and
 * the slopes; scores (the CPU keeps these, cards two norms). Layer by layer, which blocks with QK-norm go, about
 *
 *   T·(12·D + 3·M) + 3·heads·T²
 */
export function memory(model: ModelConfig, train: TrainConfig, parameters: number, pixels: number): number {
  const arrays = 4 + (train.ema_decay > 0 ? 1 : 0) + 1;
  const all = tokens(model);
  const { width, mlp, heads } = model;
  const fused = all * (8 * width + 2 * mlp) + heads * all ** 2;
  const layers = all * (12 * width + 3 * mlp) + 3 * heads * all ** 2;
  const block = model.qk_norm ? layers : fused;
  const number = train.precision === "f32" ? FLOAT : FLOAT / 2;
  return FLOAT * arrays * parameters + number * train.batch_size * model.depth * block + pixels;
}

/** Bytes of the model as a file. */
export function modelBytes(parameters: number): number {
  return FLOAT * parameters;
}

/** Bytes of a checkpoint: weights, two moments, the best epoch's weights, and the running average. */
export function checkpointBytes(parameters: number, train: TrainConfig): number {
  return FLOAT * parameters * (4 + (train.ema_decay > 0 ? 1 : 0));
}

/** Images per second, and how we know. */
export interface Speed {
  perSecond: number;
  /** `measured`: these very shapes; `scaled`: other shapes on this device; `guess`: nothing measured yet. */
  basis: "measured" | "scaled" | "guess";
}

/**
 * The speed to expect. The newest run on the same device is scaled by the work of an image; without
 * one, only the CPU has a guess. Nothing where nothing is known.
 */
export function speed(
  model: ModelConfig,
  train: TrainConfig,
  device: DeviceReport | null,
  runs: RunRecord[],
): Speed | null {
  const work = multiplyAdds(model);
  for (const run of [...runs].sort((a, b) => b.created - a.created)) {
    const measured = run.history.at(-1)?.images_per_second ?? 0;
    if (!(measured > 0) || !sameDevice(run.device, device)) continue;
    const theirs = multiplyAdds(run.settings.model);
    const equal = theirs === work && run.settings.train.batch_size === train.batch_size;
    return { perSecond: (measured * theirs) / work, basis: equal ? "measured" : "scaled" };
  }
  if (device?.kind === "gpu") return null;
  return { perSecond: (TINY_ON_CPU * multiplyAdds(TINY)) / work, basis: "guess" };
}

function sameDevice(a: DeviceReport, b: DeviceReport | null): boolean {
  return b !== null && a.kind === b.kind && a.name === b.name;
}

/**
 * Seconds of a run. Only full batches are trained on; validation goes forward only, a third of a
 * training step's work.
 */
export function runSeconds(
  train: TrainConfig,
  images: { train: number; validation: number },
  perSecond: number,
): number {
  const trained = Math.floor(images.train / train.batch_size) * train.batch_size;
  return (train.epochs * (trained + images.validation / 3)) / perSecond;
}
