/** Connected components of ink. */
import type { Grey } from "./background.js";

/** Ink from this value on connects pixels. */
export const CONNECTS = 48;
/**
 * How far around a pixel a step in the paper's brightness counts, and its least height, relative to the brightness
 * there.
 */
const [REACH, STEP] = [8, 0.2];

/** A box; the right column and bottom row are inclusive. */
export interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A connected component of ink, with its bounding box. */
export interface Piece extends Bounds {
  number: number;
  pixels: number;
  /** How many of its pixels lie near a step in the paper's brightness. */
  onStep: number;
  /** The sum of the paper's brightness under it. */
  paper: number;
}

/** All components, and for each pixel the number of its component, or 0. */
export interface Pieces {
  labels: Uint32Array;
  pieces: Piece[];
}

/** Numbers the connected components from 1, with a flood fill from each pixel that has no number yet. */
export function piecesOf(ink: Grey, paper: Uint8Array): Pieces {
  const labels = new Uint32Array(ink.pixels.length);
  const stack = new Uint32Array(ink.pixels.length);
  const pieces: Piece[] = [];
  for (let start = 0; start < labels.length; start++) {
    if (labels[start] !== 0 || (ink.pixels[start] ?? 0) < CONNECTS) continue;
    pieces.push(flood(ink, paper, labels, stack, start, pieces.length + 1));
  }
  return { labels, pieces };
}

function flood(
  { pixels, width, height }: Grey, paper: Uint8Array, labels: Uint32Array, stack: Uint32Array, start: number, number: number,
): Piece {
  const [column, row] = [start % width, Math.floor(start / width)];
  const piece: Piece = { number, pixels: 0, left: column, top: row, right: column, bottom: row, onStep: 0, paper: 0 };
  let waiting = 1;
  stack[0] = start;
  labels[start] = number;
  while (waiting > 0) {
    const at = stack[--waiting] ?? 0;
    const y = Math.floor(at / width);
    const x = at - y * width;
    note(piece, x, y);
    piece.paper += paper[at] ?? 0;
    if (isStep(paper, at, width)) piece.onStep += 1;
    for (let down = Math.max(0, y - 1); down <= Math.min(height - 1, y + 1); down++) {
      for (let right = Math.max(0, x - 1); right <= Math.min(width - 1, x + 1); right++) {
        const next = down * width + right;
        if (labels[next] !== 0 || (pixels[next] ?? 0) < CONNECTS) continue;
        labels[next] = number;
        stack[waiting++] = next;
      }
    }
  }
  return piece;
}

function note(piece: Piece, x: number, y: number): void {
  piece.pixels += 1;
  piece.left = Math.min(piece.left, x);
  piece.right = Math.max(piece.right, x);
  piece.top = Math.min(piece.top, y);
  piece.bottom = Math.max(piece.bottom, y);
}

/** Whether the paper's brightness has a step near a pixel. */
function isStep(paper: Uint8Array, at: number, width: number): boolean {
  const jumps = (a: number, b: number): boolean => {
    const [one, other] = [paper[a] ?? paper[at] ?? 0, paper[b] ?? paper[at] ?? 0];
    return Math.abs(one - other) > STEP * Math.max(one, other);
  };
  return jumps(at - REACH, at + REACH) || jumps(at - REACH * width, at + REACH * width);
}

/** The longer side. */
export function lengthOf({ left, top, right, bottom }: Bounds): number {
  return Math.max(right + 1 - left, bottom + 1 - top);
}

/** Whether a box lies inside another. */
export function within(inner: Bounds, outer: Bounds): boolean {
  return inner.left > outer.left && inner.top > outer.top && inner.right < outer.right && inner.bottom < outer.bottom;
}

/** The distance between two boxes. */
export function gapBetween(a: Bounds, b: Bounds): number {
  const across = Math.max(0, b.left - a.right, a.left - b.right);
  const down = Math.max(0, b.top - a.bottom, a.top - b.bottom);
  return Math.hypot(across, down);
}

/** The stroke width of a component: its ink divided by half the length of its outline. */
export function strokeWidth({ number, pixels, left, top, right, bottom }: Piece, labels: Uint32Array, stride: number): number {
  let outline = 0;
  for (let y = top; y <= bottom; y++) {
    for (let i = y * stride + left; i <= y * stride + right; i++) {
      if (labels[i] !== number) continue;
      const beside = labels[i - 1] === number && labels[i + 1] === number;
      if (!beside || labels[i - stride] !== number || labels[i + stride] !== number) outline++;
    }
  }
  return (2 * pixels) / Math.max(1, outline);
}
