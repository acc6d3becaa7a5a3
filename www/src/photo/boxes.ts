/** Removes the sides of a box that touches the writing in it: straight thin runs along the outline of a component. */
import type { Grey } from "./background.js";
import { lengthOf, type Piece } from "./pieces.js";

/** How far from its bounding box a component's sides may lie, as a share of its size: a box may be tilted. */
const BAND = 0.14;
/** A side shows over at least the first share of its length; if the others do, the second is enough: writing covers it. */
const [DRAWN, COVERED] = [0.65, 0.35];
/** At least this many sides are drawn, and as many corners have ink; a 0 has no corners. */
const SIDES = 3;
/** No part of a side is thicker than this multiple of its median thickness. */
const THICKER = 1.5;
/** The median thickness of a side is at most this share of the box. */
const THIN = 0.06;
/** A side lies this close to a straight line, as a share of its length. */
const STRAIGHT = 0.02;
/** The longer side of a box is at most this multiple of the shorter one. */
const LONG = 2.5;
/** What is in a box has at least this share of its height. */
const FILLED = 0.25;

/** A run of ink that begins a side: where it starts and how many pixels it covers, counted from the outside. */
interface Run {
  at: number;
  from: number;
  thick: number;
}

/** A side that shows over this share of its length. */
interface Side {
  way: Way;
  runs: Run[];
  share: number;
}

/** A way across a side, from the outside to the inside. */
interface Way {
  /** The pixel of the first position at the bounding box, the distance of positions, and of pixels inwards. */
  first: number;
  along: number;
  inwards: number;
  /** The number of positions, and how far inwards a side may lie. */
  count: number;
  depth: number;
}

/** Erases the sides of the box that a component is, or contains; returns whether it was one. */
export function stripBox(ink: Grey, labels: Uint32Array, piece: Piece): boolean {
  const [wide, tall] = [piece.right + 1 - piece.left, piece.bottom + 1 - piece.top];
  if (Math.max(wide, tall) > LONG * Math.min(wide, tall)) return false;
  const sides = waysAcross(piece, ink.width).map((way) => sideOf(labels, piece, way));
  if (sides.filter(({ share }) => share >= DRAWN).length < SIDES || cornersOf(labels, piece, ink.width) < SIDES) return false;
  const drawn = sides.filter(({ share }) => share >= COVERED).flatMap(pixelsOf);
  if (!hasContents(labels, piece, ink.width, new Set(drawn))) return false;
  for (const pixel of drawn) ink.pixels[pixel] = 0;
  return true;
}

/** The pixels of a side. */
function pixelsOf({ way, runs }: Side): number[] {
  return runs.flatMap(({ at, from, thick }) =>
    Array.from({ length: thick }, (_, step) => way.first + at * way.along + (from + step) * way.inwards));
}

/** Whether there is more within the sides of a box than a bar, as in an 8 of straight lines. */
function hasContents(labels: Uint32Array, piece: Piece, stride: number, sides: ReadonlySet<number>): boolean {
  let [top, bottom] = [Infinity, -Infinity];
  for (let y = piece.top; y <= piece.bottom; y++) {
    for (let i = y * stride + piece.left; i <= y * stride + piece.right; i++) {
      if (labels[i] !== piece.number || sides.has(i)) continue;
      [top, bottom] = [Math.min(top, y), y];
    }
  }
  return bottom + 1 - top >= FILLED * (piece.bottom + 1 - piece.top);
}

/** The ways across the upper, lower, left and right side. */
function waysAcross({ left, top, right, bottom }: Piece, stride: number): Way[] {
  const [wide, tall] = [right + 1 - left, bottom + 1 - top];
  const [across, down] = [Math.ceil(BAND * wide), Math.ceil(BAND * tall)];
  return [
    { first: top * stride + left, along: 1, inwards: stride, count: wide, depth: down },
    { first: bottom * stride + left, along: 1, inwards: -stride, count: wide, depth: down },
    { first: top * stride + left, along: stride, inwards: 1, count: tall, depth: across },
    { first: top * stride + right, along: stride, inwards: -1, count: tall, depth: across },
  ];
}

/** The thin runs of a side. */
function sideOf(labels: Uint32Array, piece: Piece, way: Way): Side {
  const runs = outermost(labels, piece, way);
  const usual = runs.map(({ thick }) => thick).sort((a, b) => a - b)[runs.length >> 1] ?? 0;
  if (usual > Math.max(3, THIN * lengthOf(piece))) return { way, runs: [], share: 0 };
  const thin = runs.filter(({ thick }) => thick <= THICKER * usual + 1);
  const straight = onLine(thin, Math.max(2, STRAIGHT * way.count));
  return { way, runs: straight, share: straight.length / way.count };
}

/** The runs near the straight line through them (least squares): those of a bow are not. */
function onLine(runs: Run[], tolerance: number): Run[] {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const [middle, level] = [mean(runs.map(({ at }) => at)), mean(runs.map(({ from }) => from))];
  const spread = mean(runs.map(({ at }) => (at - middle) ** 2));
  const slope = mean(runs.map(({ at, from }) => (at - middle) * (from - level))) / Math.max(1, spread);
  return runs.filter(({ at, from }) => Math.abs(from - level - slope * (at - middle)) <= tolerance);
}

/** The first run of ink at each position that has one. */
function outermost(labels: Uint32Array, { number }: Piece, { first, along, inwards, count, depth }: Way): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < count; at++) {
    const start = first + at * along;
    let from = 0;
    while (from < depth && labels[start + from * inwards] !== number) from++;
    if (from === depth) continue;
    let end = from;
    while (end < 2 * depth && labels[start + end * inwards] === number) end++;
    runs.push({ at, from, thick: end - from });
  }
  return runs;
}

/** How many corners of the bounding box have ink near them. */
function cornersOf(labels: Uint32Array, { number, left, top, right, bottom }: Piece, stride: number): number {
  const [across, down] = [Math.ceil(BAND * (right + 1 - left)), Math.ceil(BAND * (bottom + 1 - top))];
  const has = (x: number, y: number): boolean => {
    for (let row = y; row <= y + down; row++) {
      for (let column = x; column <= x + across; column++) if (labels[row * stride + column] === number) return true;
    }
    return false;
  };
  const corners = [[left, top], [right - across, top], [left, bottom - down], [right - across, bottom - down]] as const;
  return corners.filter(([x, y]) => has(x, y)).length;
}
