/** Which components of ink can be writing, judging by their size and by the picture's edge. */
import type { Grey } from "./background.js";
import { lengthOf, strokeWidth, type Bounds, type Piece, type Pieces } from "./pieces.js";

/** A component smaller than this share of the largest is a speck. */
const SPECK = 0.03;
/** A component this close to the picture's edge touches it, as a share of the picture's longer side. */
const EDGE = 0.008;
/**
 * Components at the picture's edge are dropped if the largest inside has at least this share of the largest component's
 * ink.
 */
const INSIDE = 0.05;
/**
 * Otherwise they are dropped if they reach less than this share of the picture into it: then they are the edge of
 * something else.
 */
const DEEP = 0.2;
/** No digit that fills the picture has strokes thinner than this share of its length. */
const HAIR = 0.02;

/** The components that can be writing, judging by size and position only. */
export function plausible({ labels, pieces: all }: Pieces, ink: Grey): Piece[] {
  // One may be a digit that fills the picture, unless it is as thin as a line; several are lines.
  const across = all.filter((piece) => crosses(piece, ink));
  const lines = across.length > 1 ? across : across.filter((piece) => strokeWidth(piece, labels, ink.width) < HAIR * lengthOf(piece));
  const pieces = all.filter((piece) => !lines.includes(piece));
  const inside = pieces.filter((piece) => reach(piece, ink) === Infinity);
  const most = (some: Piece[]): number => some.reduce((all, { pixels }) => Math.max(all, pixels), 0);
  const cut = pieces.filter((piece) => reach(piece, ink) >= DEEP);
  const left = most(inside) >= INSIDE * most(pieces) ? inside : cut;
  return left.filter((piece) => piece.pixels >= SPECK * most(left));
}

/** Whether a component reaches from one edge of the picture to the opposite one. */
function crosses({ left, top, right, bottom }: Bounds, { width, height }: Grey): boolean {
  const near = Math.floor(EDGE * Math.max(width, height));
  return (left <= near && right >= width - 1 - near) || (top <= near && bottom >= height - 1 - near);
}

/**
 * How far a component reaches into the picture from the edge that it touches, as a share of the picture; else infinity.
 */
export function reach({ left, top, right, bottom }: Bounds, { width, height }: Grey): number {
  const near = Math.floor(EDGE * Math.max(width, height));
  const ways = [
    left <= near ? (right + 1) / width : Infinity,
    top <= near ? (bottom + 1) / height : Infinity,
    right >= width - 1 - near ? 1 - left / width : Infinity,
    bottom >= height - 1 - near ? 1 - top / height : Infinity,
  ];
  return Math.min(...ways);
}
