/**
 * Attention maps as slices of a `Prediction`: the attention of a query token to each patch. The same arithmetic as
 * `crate/explain.rs`, on typed arrays and independent of the page.
 */
import type { Prediction } from "../protocol/engine.js";

/** Which weights a map shows. */
export type MapChoice =
  | { kind: "rollout" }
  /** The mean over the heads of a block. */
  | { kind: "mean"; block: number }
  | { kind: "head"; block: number; head: number };

/** Whose attention a map shows: the class token's, or that of a patch, counted row by row from 0. */
export type QueryToken = { kind: "class" } | { kind: "patch"; patch: number };

/** A map and its key figures. */
export interface AttentionMap {
  /** The share of attention of each patch, `[grid, grid]`. */
  shares: Float32Array;
  /** The patch with the largest share, and that share. */
  peak: number;
  largest: number;
  /** The query's attention to the class token; 0 if there is none. */
  classShare: number;
}

/** Whether the first token is a class token (otherwise the head reads the mean of the patches). */
export function hasClassToken(prediction: Prediction): boolean {
  return prediction.tokens > prediction.grid * prediction.grid;
}

/** The weights of a choice, `[tokens, tokens]`: each row is the attention of one token. */
export function weightsOf(prediction: Prediction, choice: MapChoice): Float32Array {
  const size = prediction.tokens * prediction.tokens;
  if (choice.kind === "rollout") return prediction.rollout;
  if (choice.kind === "mean") return prediction.mean.subarray(choice.block * size, (choice.block + 1) * size);
  const start = (choice.block * prediction.heads + choice.head) * size;
  return prediction.attention.subarray(start, start + size);
}

/** The attention of `reader` to each patch. */
export function attentionMap(prediction: Prediction, choice: MapChoice, reader: QueryToken): AttentionMap {
  const weights = weightsOf(prediction, choice);
  const row = readerRow(prediction, weights, reader);
  const first = prediction.tokens - prediction.grid * prediction.grid;
  const shares = row.subarray(first);
  let peak = 0;
  for (let i = 1; i < shares.length; i++) if (at(shares, i) > at(shares, peak)) peak = i;
  return { shares, peak, largest: at(shares, peak), classShare: first > 0 ? at(row, 0) : 0 };
}

/** The row of `[tokens, tokens]` weights of a query token, `[tokens]`. */
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

/** This multiple of an equal share gets the full tint; in a map whose largest share is smaller, the tint is fainter. */
const CLEAR = 3;

/** The strength of a patch's tint, 0 to 1: 0 up to an equal share, then proportional to the excess. */
export function tintOf(share: number, largest: number, patches: number): number {
  const [beyond, most] = [share * patches - 1, largest * patches - 1];
  return beyond > 0 && most > 0 ? beyond / Math.max(most, CLEAR - 1) : 0;
}

/** Pixels per side of all patches together: the image, padded if the patches do not divide it. */
export function paddedSide(prediction: Prediction): number {
  return prediction.grid * prediction.patch;
}

/** The patch at a position in the padded image, given as a share of its side; null outside it. */
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

/** Whether a patch contains no ink. */
export function isPaper(prediction: Prediction, patch: number): boolean {
  const { x, y } = cornerOf(prediction, patch);
  for (let i = 0; i < prediction.patch * prediction.patch; i++) {
    if (inkAt(prediction, x + (i % prediction.patch), y + Math.floor(i / prediction.patch)) > 0) return false;
  }
  return true;
}

/** The row and column of a patch, counting from 1, for display. */
export function placeOf(patch: number, grid: number): { row: number; column: number } {
  return { row: Math.floor(patch / grid) + 1, column: (patch % grid) + 1 };
}

/** The choice itself if the model has it, else the nearest one that it has. */
export function fitMapChoice(prediction: Prediction, choice: MapChoice): MapChoice {
  if (choice.kind === "rollout") return choice;
  const block = Math.min(choice.block, prediction.depth - 1);
  if (choice.kind === "mean") return { kind: "mean", block };
  return { kind: "head", block, head: Math.min(choice.head, prediction.heads - 1) };
}

/** The query token itself if the model has that patch, else the class token. */
export function fitQueryToken(prediction: Prediction, reader: QueryToken): QueryToken {
  return reader.kind === "patch" && reader.patch >= prediction.grid * prediction.grid ? { kind: "class" } : reader;
}

function at(values: Float32Array, index: number): number {
  return values[index] ?? 0;
}
