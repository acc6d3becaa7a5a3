/**
 * Attention of models of any structure as areas of the image: which tokens lie where, and what a token of a block reads.
 * Independent of the page, and of which families there are.
 */
import type { BlockStructure, Parts, Prediction, TokenGrid, Windows } from "../protocol/engine.js";

/** A block with its stage. */
export interface Layer {
  /** The block among all of the model, counted from 0. */
  index: number;
  /** Its stage, counted from 0. */
  stage: number;
  /** The tokens of the stage. */
  tokens: TokenGrid;
  block: BlockStructure;
  /** What it computed (`Parts.values`). */
  values: Float32Array;
}

/** Whose attention is shown: a token in front, all tokens of the image together, or the token over a pixel. */
export type Query =
  | { kind: "front"; index: number }
  | { kind: "all" }
  | { kind: "place"; x: number; y: number };

/** What the picture shows. */
export type View =
  | { kind: "rollout" }
  /** How much each token counts in the answer, where the head weighs them. */
  | { kind: "pooling" }
  | { kind: "mean"; layer: number }
  | { kind: "head"; layer: number; head: number }
  /** What the channels of a block without attention hold. */
  | { kind: "channels"; layer: number };

/** A map: the share of each key that has a place. */
export interface AreaMap {
  grid: TokenGrid;
  /** `[rows, columns]` of the grid. */
  shares: Float32Array;
  /** The place with the largest share, and that share. */
  peak: number;
  largest: number;
  /** The share of the keys in front, which lie nowhere. */
  front: number;
  /** How many places can be read. */
  readable: number;
  /** The rectangle that can be read, if it is a window. */
  window: Rectangle | null;
}

/** Rows and columns of a grid, the ends excluded. */
export interface Rectangle {
  rows: [start: number, end: number];
  columns: [start: number, end: number];
}

/** The square that all pictures show: the image with whatever tokens cover beyond it, in pixels of the image. */
export interface Extent {
  /** Where it starts, along both axes: at most 0. */
  start: number;
  side: number;
}

/** Whose attention is shown first: that of what the answer is read from. */
export function readerOf({ read }: Parts["structure"]): Query {
  return read === "class" || read === "class-and-distillation" ? { kind: "front", index: 0 } : { kind: "all" };
}

/** The number of tokens of a grid, those in front included. */
export function tokensOf({ front, rows, columns }: TokenGrid): number {
  return front + rows * columns;
}

/** All blocks in order. */
export function layersOf({ structure, values }: Parts): Layer[] {
  const blocks = structure.stages.flatMap(({ tokens, blocks }, stage) => blocks.map((block) => ({ stage, tokens, block })));
  return blocks.map((layer, index) => ({ ...layer, index, values: values[index] ?? new Float32Array() }));
}

/** The token over a pixel of the image, counted without those in front; null if none covers it. */
export function tokenAt({ rows, columns, side, before }: TokenGrid, x: number, y: number): number | null {
  const [row, column] = [Math.floor((y + before) / side), Math.floor((x + before) / side)];
  return row >= 0 && column >= 0 && row < rows && column < columns ? row * columns + column : null;
}

/** The area of a token in pixels of the image. */
export function areaOf({ columns, side, before }: TokenGrid, token: number): { x: number; y: number; side: number } {
  return { x: (token % columns) * side - before, y: Math.floor(token / columns) * side - before, side };
}

/** The middle pixel of a token. */
export function middleOf(grid: TokenGrid, token: number): { x: number; y: number } {
  const { x, y, side } = areaOf(grid, token);
  return { x: x + Math.floor(side / 2), y: y + Math.floor(side / 2) };
}

/** The square that all pictures of a model show. */
export function extentOf({ stages }: Parts["structure"], side: number): Extent {
  const before = Math.max(0, ...stages.map(({ tokens }) => tokens.before));
  const ends = stages.map(({ tokens }) => Math.max(tokens.rows, tokens.columns) * tokens.side - tokens.before);
  return { start: -before, side: Math.max(side, ...ends) + before };
}

/**
 * The rows, or columns, of the window of the token at `at`, of `length` on the grid. A window that was moved over the edge
 * is cut there. The same rule as `Windows::span` in `crate/explain.rs`.
 */
export function spanOf({ side, shift }: Windows, at: number, length: number): [start: number, end: number] {
  if (at < shift) return [0, Math.min(shift, length)];
  const start = shift + Math.floor((at - shift) / side) * side;
  return [start, Math.min(start + side, length)];
}

/** The first rows, or columns, of all windows after the first, of `length` on the grid. */
export function windowEdges(windows: Windows, length: number): number[] {
  const edges: number[] = [];
  for (let [, end] = spanOf(windows, 0, length); end < length; [, end] = spanOf(windows, end, length)) edges.push(end);
  return edges;
}

/** The query as a token of a layer, counted with those in front; null for all tokens of the image together. */
export function tokenOf(tokens: TokenGrid, query: Query): number | null {
  if (query.kind === "front") return query.index < tokens.front ? query.index : null;
  if (query.kind === "all") return null;
  const token = tokenAt(tokens, query.x, query.y);
  return token === null ? null : tokens.front + token;
}

/** What a query reads in a head of a layer, or on average over its heads; null if the layer has no map. */
export function mapOf(layer: Layer, head: number | null, query: Query): AreaMap | null {
  const { block: { heads, keys, windows }, tokens, values } = layer;
  if (!keys) return null;
  const [queries, width] = [tokensOf(tokens), tokensOf(keys)];
  const token = tokenOf(tokens, query);
  const row = new Float32Array(width);
  const chosen = head === null ? Array.from({ length: heads }, (_, one) => one) : [head];
  const from = token === null ? { first: tokens.front, last: queries - 1 } : { first: token, last: token };
  const weight = 1 / (chosen.length * (from.last - from.first + 1));
  for (const one of chosen) {
    for (let query = from.first; query <= from.last; query++) addRow(row, values, (one * queries + query) * width, weight);
  }
  const place = token === null || token < tokens.front ? null : token - tokens.front;
  return finished(keys, row, windows && place !== null ? windowOf(windows, keys, place) : null);
}

/** What reaches a query through all blocks of the last stage (attention rollout); null if there is none. */
export function rolloutOf({ rollout, parts }: Prediction, query: Query): AreaMap | null {
  const grid = parts?.structure.stages.at(-1)?.tokens;
  if (!parts || !grid || rollout.length === 0) return null;
  const count = tokensOf(grid);
  const row = new Float32Array(count);
  const token = tokenOf(grid, query);
  if (token !== null) addRow(row, rollout, token * count, 1);
  else {
    // What the head reads: tokens with its own weights, or all alike.
    const { pooling } = parts;
    for (let one = grid.front; one < count; one++) {
      addRow(row, rollout, one * count, pooling.length > 0 ? (pooling[one] ?? 0) : 1 / (count - grid.front));
    }
  }
  return finished(grid, row, null);
}

/** How much each token counts in the answer; null if the head does not weigh them. */
export function poolingOf({ structure, pooling }: Parts): AreaMap | null {
  const grid = structure.stages.at(-1)?.tokens;
  return grid && pooling.length > 0 ? finished(grid, pooling, null) : null;
}

/** The map of a view; null if the view has none. */
export function mapOfView(prediction: Prediction, view: View, query: Query): AreaMap | null {
  const { parts } = prediction;
  if (!parts || view.kind === "channels") return null;
  if (view.kind === "rollout") return rolloutOf(prediction, query);
  if (view.kind === "pooling") return poolingOf(parts);
  const layer = layersOf(parts)[view.layer];
  return layer ? mapOf(layer, view.kind === "head" ? view.head : null, query) : null;
}

/** The channels of a layer without attention. */
export interface Channels {
  rows: number;
  columns: number;
  /** Of each channel its places, `[rows, columns]`. */
  values: Float32Array[];
}

/** What the channels of a layer hold. */
export function channelsOf({ tokens, values }: Layer): Channels {
  const { front, rows, columns } = tokens;
  const width = values.length / tokensOf(tokens);
  const places = rows * columns;
  const channel = (index: number): Float32Array =>
    Float32Array.from({ length: places }, (_, place) => values[(front + place) * width + index] ?? 0);
  return { rows, columns, values: Array.from({ length: width }, (_, index) => channel(index)) };
}

function windowOf(windows: Windows, { rows, columns }: TokenGrid, place: number): Rectangle {
  return {
    rows: spanOf(windows, Math.floor(place / columns), rows),
    columns: spanOf(windows, place % columns, columns),
  };
}

function addRow(sum: Float32Array, values: Float32Array, start: number, weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (values[start + i] ?? 0);
}

/** A row of weights as a map. */
function finished(grid: TokenGrid, row: Float32Array, window: Rectangle | null): AreaMap {
  const shares = row.subarray(grid.front);
  let peak = 0;
  shares.forEach((share, place) => {
    if (share > (shares[peak] ?? 0)) peak = place;
  });
  const length = ([start, end]: [number, number]): number => end - start;
  return {
    grid, shares, peak, window,
    largest: shares[peak] ?? 0,
    front: row.subarray(0, grid.front).reduce((sum, share) => sum + share, 0),
    readable: window ? length(window.rows) * length(window.columns) : shares.length,
  };
}
