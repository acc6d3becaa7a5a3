/**
 * Attention maps as slices of a `Look`: what a reader reads from each patch. The same arithmetic as
 * `crate/explain.rs`, on typed arrays and without a page.
 */
import type { Look } from "../protocol/engine.js";

/** Which weights a map shows. */
export type Choice =
  | { kind: "rollout" }
  /** The mean over the heads of a block. */
  | { kind: "mean"; block: number }
  | { kind: "head"; block: number; head: number };

/** Whose reading a map shows: the class token's, or that of a patch, counted row by row from 0. */
export type Reader = { kind: "class" } | { kind: "patch"; patch: number };

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
export function hasClassToken(look: Look): boolean {
  return look.tokens > look.grid * look.grid;
}

/** The weights of a choice, `[tokens, tokens]`: a row is what one token reads. */
export function weightsOf(look: Look, choice: Choice): Float32Array {
  const size = look.tokens * look.tokens;
  if (choice.kind === "rollout") return look.rollout;
  if (choice.kind === "mean") return look.mean.subarray(choice.block * size, (choice.block + 1) * size);
  const start = (choice.block * look.heads + choice.head) * size;
  return look.attention.subarray(start, start + size);
}

/** What `reader` reads from each patch. */
export function attentionMap(look: Look, choice: Choice, reader: Reader): AttentionMap {
  const weights = weightsOf(look, choice);
  const row = readerRow(look, weights, reader);
  const first = look.tokens - look.grid * look.grid;
  const shares = row.subarray(first);
  let peak = 0;
  for (let i = 1; i < shares.length; i++) if (at(shares, i) > at(shares, peak)) peak = i;
  return { shares, peak, largest: at(shares, peak), classShare: first > 0 ? at(row, 0) : 0 };
}

/** The row of `[tokens, tokens]` weights that belongs to a reader, `[tokens]`. */
function readerRow(look: Look, weights: Float32Array, reader: Reader): Float32Array {
  const { tokens } = look;
  const first = tokens - look.grid * look.grid;
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

/** Pixels per side of all patches together: the image, with the paper around it where they do not divide it. */
export function paddedSide(look: Look): number {
  return look.grid * look.patch;
}

/** The patch at a place of the padded image, in shares of its side; null outside of it. */
export function patchAt(look: Look, x: number, y: number): number | null {
  if (!(x >= 0 && y >= 0 && x < 1 && y < 1)) return null;
  return Math.floor(y * look.grid) * look.grid + Math.floor(x * look.grid);
}

/** The corner of a patch in the padded image, in pixels. */
export function cornerOf(look: Look, patch: number): { x: number; y: number } {
  return { x: (patch % look.grid) * look.patch, y: Math.floor(patch / look.grid) * look.patch };
}

/** The ink of a pixel of the padded image, 0 to 255. */
export function inkAt(look: Look, x: number, y: number): number {
  const [column, row] = [x - look.padding, y - look.padding];
  const inside = column >= 0 && row >= 0 && column < look.side && row < look.side;
  return inside ? (look.image[row * look.side + column] ?? 0) : 0;
}

/** Whether there is no ink in a patch. */
export function isPaper(look: Look, patch: number): boolean {
  const { x, y } = cornerOf(look, patch);
  for (let i = 0; i < look.patch * look.patch; i++) {
    if (inkAt(look, x + (i % look.patch), y + Math.floor(i / look.patch)) > 0) return false;
  }
  return true;
}

/** Row and column of a patch, from 1, for people. */
export function placeOf(patch: number, grid: number): { row: number; column: number } {
  return { row: Math.floor(patch / grid) + 1, column: (patch % grid) + 1 };
}

/** The choice itself where the model has it, else the nearest one that it has. */
export function fitChoice(look: Look, choice: Choice): Choice {
  if (choice.kind === "rollout") return choice;
  const block = Math.min(choice.block, look.depth - 1);
  if (choice.kind === "mean") return { kind: "mean", block };
  return { kind: "head", block, head: Math.min(choice.head, look.heads - 1) };
}

/** The reader itself where the model has that patch, else the class token. */
export function fitReader(look: Look, reader: Reader): Reader {
  return reader.kind === "patch" && reader.patch >= look.grid * look.grid ? { kind: "class" } : reader;
}

function at(values: Float32Array, index: number): number {
  return values[index] ?? 0;
}
