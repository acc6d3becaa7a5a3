/** Figures of a prediction that the lessons mention. */
import type { Prediction } from "../protocol/engine.js";
import { attentionMap, cornerOf, hasClassToken, inkAt, isPaper, type MapChoice } from "../see/maps.js";

/** The number of patches. */
export function patchesOf({ grid }: Prediction): number {
  return grid * grid;
}

/** The patches that contain ink. */
export function inkedPatches(prediction: Prediction): number[] {
  return Array.from({ length: patchesOf(prediction) }, (_, patch) => patch).filter((patch) => !isPaper(prediction, patch));
}

/** The number of pixels with ink in a patch. */
export function inkedPixels(prediction: Prediction, patch: number): number {
  const { x, y } = cornerOf(prediction, patch);
  const pixels = Array.from({ length: prediction.patch ** 2 }, (_, i) =>
    inkAt(prediction, x + (i % prediction.patch), y + Math.floor(i / prediction.patch)));
  return pixels.filter((ink) => ink > 0).length;
}

/** The attention of the token (or mean) that the answer is read from, as shares over the patches: they sum to 1. */
export function sharesOf(prediction: Prediction, choice: MapChoice): number[] {
  const shares = Array.from(attentionMap(prediction, choice, { kind: "class" }).shares);
  const sum = shares.reduce((total, share) => total + share, 0);
  return sum > 0 ? shares.map((share) => share / sum) : shares;
}

/** The smallest number of patches that together have half of the attention. */
export function patchesOfHalf(shares: readonly number[]): number {
  let sum = 0;
  const sorted = [...shares].sort((one, other) => other - one);
  return 1 + Math.max(0, sorted.findIndex((share) => (sum += share) >= 0.5 - 1e-6));
}

/** The overlap of two maps: 1 if they are equal, 0 if they share no patch. */
export function overlapOf(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, share, patch) => sum + Math.min(share, other[patch] ?? 0), 0);
}

/** The share of attention on patches with ink. */
export function inkShare(prediction: Prediction, shares: readonly number[]): number {
  return inkedPatches(prediction).reduce((sum, patch) => sum + (shares[patch] ?? 0), 0);
}

/** The width of a token. */
export function widthOf({ class_token, depth }: Prediction): number {
  return class_token.length / depth;
}

/** The vector that the answer is computed from, after a block. */
function answerToken(prediction: Prediction, block: number): Float32Array {
  const width = widthOf(prediction);
  return prediction.class_token.subarray(block * width, (block + 1) * width);
}

/** The cosine similarity between the answer's vector after each block and after the last. */
export function towardsEnd(prediction: Prediction): number[] {
  const last = answerToken(prediction, prediction.depth - 1);
  return Array.from({ length: prediction.depth }, (_, block) => cosine(answerToken(prediction, block), last));
}

/** The same between two predictions of one model, after each block; null for different models. */
export function between(one: Prediction, other: Prediction): number[] | null {
  if (one.depth !== other.depth || widthOf(one) !== widthOf(other)) return null;
  return Array.from({ length: one.depth }, (_, block) => cosine(answerToken(one, block), answerToken(other, block)));
}

/** At most `most` values of a list: its first, its last, and some evenly spaced ones between. */
export function some(numbers: readonly number[], most = 6): number[] {
  if (numbers.length <= most) return [...numbers];
  return Array.from({ length: most }, (_, i) => numbers[Math.round((i * (numbers.length - 1)) / (most - 1))] ?? 0);
}

function cosine(one: Float32Array, other: Float32Array): number {
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const lengths = Math.sqrt(dot(one, one) * dot(other, other));
  return lengths > 0 ? dot(one, other) / lengths : 0;
}

/** Whether the patches cover the image exactly, which shuffling requires. */
export function canShuffle({ side, grid, patch, padding }: Prediction): boolean {
  return padding === 0 && grid * patch === side && side === 28;
}

/** The image with its patches in a random order in which no patch keeps its place; the same for the same seed. */
export function shuffled(prediction: Prediction, seed: number): Uint8Array {
  const order = derangement(patchesOf(prediction), seed);
  const { side, patch, image } = prediction;
  const mixed = new Uint8Array(side * side);
  order.forEach((from, to) => {
    const [source, target] = [cornerOf(prediction, from), cornerOf(prediction, to)];
    for (let row = 0; row < patch; row++) {
      const start = (source.y + row) * side + source.x;
      mixed.set(image.subarray(start, start + patch), (target.y + row) * side + target.x);
    }
  });
  return mixed;
}

/** A single cycle through all places (Sattolo 1986), so no item keeps its place. */
function derangement(count: number, seed: number): number[] {
  const order = Array.from({ length: count }, (_, place) => place);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let last = count - 1; last > 0; last--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * last);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}

/** The name of what the answer is read from. */
export function readerText(prediction: Prediction): { text: "reader.class" | "reader.all" } {
  return { text: hasClassToken(prediction) ? "reader.class" : "reader.all" };
}
