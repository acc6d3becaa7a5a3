/**
 * Attention maps as slices of a `Prediction`: what a reader reads from each patch. The same arithmetic as
 * `crate/explain.rs`, on typed arrays and without a page.
 */
import type { Prediction } from "../protocol/engine.js";

/** Which weights a map shows. */
export type MapChoice =
  | { kind: "rollout" }
  /** The mean over the heads of a block. */
  | { kind: "mean"; block: number }
  | { kind: "head"; block: number; head: number };

/** Whose reading a map shows: the class token's, or that of a patch, counted row by row from 0. */
export type QueryToken = { kind: "class" } | { kind: "patch"; patch: number };

/** A map with what is worth saying about it. */
export interface AttentionMap {
  /** A share of attention for each patch, `[grid, grid]`. */
  shares: Float32Array;
  /** The patch with the largest share, and that share. */
  peak: number;
  largest: number;
  /** What the reader reads from the class token; 0 where there is none. */
  classShare: number;
}

/** Whether the first token is a class token (else the head reads the mean of the patches). */
export function hasClassToken(prediction: Prediction): boolean {
  return prediction.tokens > prediction.grid * prediction.grid;
}

/** The weights of a choice, `[tokens, tokens]`: a row is what one token reads. */
export function weightsOf(prediction: Prediction, choice: MapChoice): Float32Array {
  const size = prediction.tokens * prediction.tokens;
  if (choice.kind === "rollout") return prediction.rollout;
  if (choice.kind === "mean") return prediction.mean.subarray(choice.block * size, (choice.block + 1) * size);
  const start = (choice.block * prediction.heads + choice.head) * size;
  return prediction.attention.subarray(start, start + size);
}

/** What `reader` reads from each patch. */
export function attentionMap(prediction: Prediction, choice: MapChoice, reader: QueryToken): AttentionMap {
  const weights = weightsOf(prediction, choice);
  const row = readerRow(prediction, weights, reader);
  const first = prediction.tokens - prediction.grid * prediction.grid;
  const shares = row.subarray(first);
  let peak = 0;
  for (let i = 1; i < shares.length; i++) if (at(shares, i) > at(shares, peak)) peak = i;
  return { shares, peak, largest: at(shares, peak), classShare: first > 0 ? at(row, 0) : 0 };
}

/** The row of `[tokens, tokens]` weights that belongs to a reader, `[tokens]`. */
function readerRow(prediction: Prediction, weights: Float32Array, reader: QueryToken): Float32Array {
  const { tokens } = prediction;
  const first = tokens - prediction.grid * prediction.grid;
  if (reader.kind === "class" && first === 0) return meanRow(weights, tokens);
  const token = reader.kind === "class" ? 0 : first + reader.patch;
  return weights.subarray(token * tokens, (token + 1) * tokens);
}

/** The mean of all rows: without a class token, the head reads the mean of the patches. */
function meanRow(weights: Float32Array, tokens: number): Float32Array {
  const mean = new Float32Array(tokens);
  for (let i = 0; i < weights.length; i++) mean[i % tokens] = at(mean, i % tokens) + at(weights, i) / tokens;
  return mean;
}

/** So many times an equal share has the full tint; a map whose largest share is below has a fainter one. */
const CLEAR = 3;

/** How strong a patch is tinted, 0 to 1: nothing up to an equal share, then by what it has beyond it. */
export function tintOf(share: number, largest: number, patches: number): number {
  const [beyond, most] = [share * patches - 1, largest * patches - 1];
  return beyond > 0 && most > 0 ? beyond / Math.max(most, CLEAR - 1) : 0;
}

/** Pixels per side of all patches together: the image, with the paper around it where they do not divide it. */
export function paddedSide(prediction: Prediction): number {
  return prediction.grid * prediction.patch;
}

/** The patch at a place of the padded image, in shares of its side; null outside of it. */
export function patchAt(prediction: Prediction, x: number, y: number): number | null {
  if (!(x >= 0 && y >= 0 && x < 1 && y < 1)) return null;
  return Math.floor(y * prediction.grid) * prediction.grid + Math.floor(x * prediction.grid);
}

/** The corner of a patch in the padded image, in pixels. */
export function cornerOf(prediction: Prediction, patch: number): { x: number; y: number } {
  return { x: (patch % prediction.grid) * prediction.patch, y: Math.floor(patch / prediction.grid) * prediction.patch };
}

/** The ink of a pixel of the padded image, 0 to 255. */
export function inkAt(prediction: Prediction, x: number, y: number): number {
  const [column, row] = [x - prediction.padding, y - prediction.padding];
  const inside = column >= 0 && row >= 0 && column < prediction.side && row < prediction.side;
  return inside ? (prediction.image[row * prediction.side + column] ?? 0) : 0;
}

/** Whether there is no ink in a patch. */
export function isPaper(prediction: Prediction, patch: number): boolean {
  const { x, y } = cornerOf(prediction, patch);
  for (let i = 0; i < prediction.patch * prediction.patch; i++) {
    if (inkAt(prediction, x + (i % prediction.patch), y + Math.floor(i / prediction.patch)) > 0) return false;
  }
  return true;
}

/** Row and column of a patch, from 1, for people. */
export function placeOf(patch: number, grid: number): { row: number; column: number } {
  return { row: Math.floor(patch / grid) + 1, column: (patch % grid) + 1 };
}

/** The choice itself where the model has it, else the nearest one that it has. */
export function fitMapChoice(prediction: Prediction, choice: MapChoice): MapChoice {
  if (choice.kind === "rollout") return choice;
  const block = Math.min(choice.block, prediction.depth - 1);
  if (choice.kind === "mean") return { kind: "mean", block };
  return { kind: "head", block, head: Math.min(choice.head, prediction.heads - 1) };
}

/** The reader itself where the model has that patch, else the class token. */
export function fitQueryToken(prediction: Prediction, reader: QueryToken): QueryToken {
  return reader.kind === "patch" && reader.patch >= prediction.grid * prediction.grid ? { kind: "class" } : reader;
}

function at(values: Float32Array, index: number): number {
  return values[index] ?? 0;
}
