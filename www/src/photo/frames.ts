/** Removes frames: boxes and rings around writing, empty boxes, and boxes that touch what is written in them. */
import type { Grey } from "./background.js";
import { stripBox } from "./boxes.js";
import { reach } from "./edges.js";
import { lengthOf, within, type Bounds, type Piece, type Pieces } from "./pieces.js";

/** The contents of a frame are at least this share of the picture's longer side. */
const LEAST_CONTENTS = 0.06;
/** The contents of a frame have at least these shares of its length and of its ink. */
const [FRAMED, FRAMED_INK] = [0.25, 0.1];
/** A box that touches the writing is at least this share of the picture's longer side: smaller ones are squared paper. */
const LEAST_BOX = 0.12;
/** A frame lies on both sides of at least this share of its contents. */
const AROUND = 0.8;
/** An empty frame is at least this share of the picture's shorter side. */
const LARGE = 0.5;
/**
 * How close to its outline an empty frame has its ink, as a share of its sides, and the least share of its ink there.
 */
const [OUTLINE, MOST_INK] = [0.12, 0.93];

/** Erases boxes that touch the writing in them; returns whether there were any. */
export function openBoxes(ink: Grey, { labels, pieces }: Pieces): boolean {
  const least = LEAST_BOX * Math.max(ink.width, ink.height);
  const boxes = pieces.filter((piece) => lengthOf(piece) >= least && reach(piece, ink) === Infinity);
  return boxes.filter((piece) => stripBox(ink, labels, piece)).length > 0;
}

/** Removes frames: a box or ring around writing, or a large empty box. */
export function withoutFrames(pieces: Piece[], labels: Uint32Array, ink: Grey): Piece[] {
  const { width, height } = ink;
  const large = pieces.filter((piece) => lengthOf(piece) >= LEAST_CONTENTS * Math.max(width, height));
  return pieces.filter((frame) => {
    const length = lengthOf(frame);
    if (reach(frame, ink) < Infinity) return true;
    const fills = (piece: Piece): boolean => lengthOf(piece) >= FRAMED * length && piece.pixels >= FRAMED_INK * frame.pixels;
    if (large.some((piece) => within(piece, frame) && fills(piece) && surrounds(frame, piece, labels, width))) return false;
    return length < LARGE * Math.min(width, height) || !isEmptyBox(frame, labels, width);
  });
}

/** Whether a component lies around another one: on both sides of most of its rows, and above and below most columns. */
function surrounds(frame: Piece, inner: Bounds, labels: Uint32Array, stride: number): boolean {
  const has = (first: number, step: number, count: number): boolean => {
    for (let i = 0; i < count; i++) if (labels[first + i * step] === frame.number) return true;
    return false;
  };
  let [rows, columns] = [0, 0];
  for (let y = inner.top; y <= inner.bottom; y++) {
    const row = y * stride;
    if (has(row + frame.left, 1, inner.left - frame.left) && has(row + inner.right + 1, 1, frame.right - inner.right)) rows++;
  }
  for (let x = inner.left; x <= inner.right; x++) {
    const above = has(frame.top * stride + x, stride, inner.top - frame.top);
    if (above && has((inner.bottom + 1) * stride + x, stride, frame.bottom - inner.bottom)) columns++;
  }
  return rows >= AROUND * (inner.bottom + 1 - inner.top) && columns >= AROUND * (inner.right + 1 - inner.left);
}

/**
 * Whether a component has ink in its four corners and along its outline, and hardly any elsewhere; a 0 has no corners.
 */
function isEmptyBox(piece: Piece, labels: Uint32Array, stride: number): boolean {
  const [wide, tall] = [piece.right + 1 - piece.left, piece.bottom + 1 - piece.top];
  if (2 * Math.min(wide, tall) < Math.max(wide, tall)) return false;
  const corners = new Set<number>();
  let outline = 0;
  for (let y = piece.top; y <= piece.bottom; y++) {
    const down = (y - piece.top) / tall - 0.5;
    for (let x = piece.left; x <= piece.right; x++) {
      if (labels[y * stride + x] !== piece.number) continue;
      const along = (x - piece.left) / wide - 0.5;
      if (Math.max(Math.abs(along), Math.abs(down)) > 0.5 - OUTLINE) outline += 1;
      if (Math.min(Math.abs(along), Math.abs(down)) > 0.5 - OUTLINE) corners.add(Math.sign(along) + 3 * Math.sign(down));
    }
  }
  return corners.size === 4 && outline >= MOST_INK * piece.pixels;
}
