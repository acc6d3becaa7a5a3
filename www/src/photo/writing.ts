/** Separates writing from specks, frames, printed lines and remains of the sheet's edge. */
import type { Grey } from "./background.js";
import { stripBox } from "./boxes.js";
import { percentile } from "./histogram.js";
import { withoutLines } from "./lines.js";
import { gapBetween, lengthOf, piecesOf, strokeWidth, within, type Bounds, type Piece, type Pieces } from "./pieces.js";
import { nextTask } from "./task.js";

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
/** The least length of writing: as a share of the picture's longer side, and in pixels. */
const [LEAST_PART, LEAST_PIXELS] = [0.06, 6];
/** More components than this are grain or dirt, unless most of them are as large as writing: then they are text. */
const MOST_PIECES = 24;
/** Paper has at least this share of the brightest paper's brightness: anything darker is not a shadow but a table. */
const LEAST_PAPER = 0.3;
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
/** Components up to this many stroke widths apart are parts of one digit; more if a line was removed between them. */
const [APART, APART_ON_LINES] = [1.5, 3];
/** Components of similar size are at most this share of the longer one apart. */
const CLOSE = 0.12;
/** No digit that fills the picture has strokes thinner than this share of its length. */
const HAIR = 0.02;
/** No digit is wider than this multiple of its height: it is the bar of a 5, or the rest of a line. */
const FLAT = 2.2;
/** What is further from the digit than this share of its length is not part of it. */
const NEAR = 0.35;
/** Another digit is at least this size, relative to the main one. */
const AS_LARGE = 0.5;

/** A digit of a picture: its bounding box there, and the ink within it. */
export interface Digit {
  bounds: Bounds;
  ink: Grey;
}

/** What a picture contains besides paper. */
export interface Writing {
  /** The digits, in reading order. */
  digits: Digit[];
  /** There is too much writing to tell digits apart. */
  text: boolean;
}

const NOTHING: Writing = { digits: [], text: false };
const TEXT: Writing = { digits: [], text: true };

/**
 * Finds the digits. All other ink is erased in place. `paper` is the background that the ink was measured against: ink
 * along a step in it is the edge of a shadow or sheet.
 */
export async function findWriting(ink: Grey, paper: Uint8Array): Promise<Writing> {
  let all = keepOpen(ink, paper);
  await nextTask();
  let cleared = withoutLines(ink);
  await nextTask();
  // Boxes are opened as a whole, before their straight sides are mistaken for printed lines.
  if (!cleared?.paper && openBoxes(ink, all)) {
    all = keepOpen(ink, paper);
    cleared = withoutLines(ink);
    await nextTask();
  }
  if (!cleared) return choose(ink, all, APART);
  ink.pixels.set(cleared.pixels);
  return choose(ink, piecesOf(ink, paper), APART_ON_LINES);
}

/** Erases all components but those that are on paper and no frames. */
function keepOpen(ink: Grey, paper: Uint8Array): Pieces {
  const { labels, pieces } = piecesOf(ink, paper);
  const least = LEAST_PAPER * percentile(paper, 0.95);
  const onPaper = (piece: Piece): boolean => piece.onStep < piece.pixels / 2 && piece.paper >= least * piece.pixels;
  const open = withoutFrames(pieces.filter(onPaper), labels, ink);
  wipeOthers(ink, labels, open);
  return { labels, pieces: open };
}

/** Erases boxes that touch the writing in them; returns whether there were any. */
function openBoxes(ink: Grey, { labels, pieces }: Pieces): boolean {
  const least = LEAST_BOX * Math.max(ink.width, ink.height);
  const boxes = pieces.filter((piece) => lengthOf(piece) >= least && reach(piece, ink) === Infinity);
  return boxes.filter((piece) => stripBox(ink, labels, piece)).length > 0;
}

function wipeOthers(ink: Grey, labels: Uint32Array, pieces: Piece[]): void {
  const kept = new Set(pieces.map(({ number }) => number));
  for (let i = 0; i < labels.length; i++) if (!kept.has(labels[i] as number)) ink.pixels[i] = 0;
}

/** Groups components to digits, and drops those that are none. */
function choose(ink: Grey, all: Pieces, strokes: number): Writing {
  const { labels } = all;
  const candidates = plausible(all, ink);
  const largest = candidates.reduce<Piece | null>((best, piece) => (best && best.pixels >= piece.pixels ? best : piece), null);
  if (!largest) return NOTHING;
  const least = Math.max(LEAST_PIXELS, LEAST_PART * Math.max(ink.width, ink.height));
  if (candidates.length > MOST_PIECES) {
    return candidates.filter((piece) => lengthOf(piece) >= least).length > MOST_PIECES / 2 ? TEXT : NOTHING;
  }
  const groups = together(candidates, Math.max(2, strokes * strokeWidth(largest, labels, ink.width)));
  const upright = groups.filter((group) => !isFlat(group));
  const main = upright.reduce<Group | null>((best, group) => (best && best.pixels >= group.pixels ? best : group), null);
  if (!main || lengthOf(main) < least) return NOTHING;
  const digits = upright.filter((group) => group === main || isAnother(main, group));
  const parts = withNearby(digits, groups);
  return { digits: inReadingOrder(parts.map((each) => cutOut(each, ink, labels))), text: false };
}

function isFlat({ left, top, right, bottom }: Bounds): boolean {
  return right + 1 - left > FLAT * (bottom + 1 - top);
}

/** Adds what lies near a digit to the nearest one: a dot, or the loose bar of a 5. */
function withNearby(digits: Group[], groups: Group[]): Piece[][] {
  const parts = digits.map((digit) => [...digit.parts]);
  for (const group of groups.filter((each) => !digits.includes(each))) {
    const gaps = digits.map((digit) => gapBetween(digit, group));
    const nearest = gaps.indexOf(Math.min(...gaps));
    const digit = digits[nearest];
    if (digit && (gaps[nearest] ?? 0) <= NEAR * lengthOf(digit)) parts[nearest]?.push(...group.parts);
  }
  return parts;
}

/** The ink of some components, cropped to it. */
function cutOut(parts: Piece[], { pixels, width: stride }: Grey, labels: Uint32Array): Digit {
  const { left, top, right, bottom } = joined(parts);
  const kept = new Set(parts.map(({ number }) => number));
  const [width, height] = [right + 1 - left, bottom + 1 - top];
  const cut = new Uint8Array(width * height);
  for (let i = 0; i < cut.length; i++) {
    const at = (top + Math.floor(i / width)) * stride + left + (i % width);
    if (kept.has(labels[at] ?? 0)) cut[i] = pixels[at] ?? 0;
  }
  return { bounds: { left, top, right, bottom }, ink: { pixels: cut, width, height } };
}

/** Line by line: digits whose middles lie within each other's height are on one line. */
function inReadingOrder(digits: Digit[]): Digit[] {
  const middle = ({ bounds }: Digit): number => (bounds.top + bounds.bottom) / 2;
  const lines: Digit[][] = [];
  for (const digit of [...digits].sort((a, b) => middle(a) - middle(b))) {
    const line = lines.at(-1);
    const first = line?.[0];
    if (line && first && middle(digit) < first.bounds.bottom) line.push(digit);
    else lines.push([digit]);
  }
  return lines.flatMap((line) => line.sort((a, b) => a.bounds.left - b.bounds.left));
}

/** The components that can be writing, judging by size and position only. */
function plausible({ labels, pieces: all }: Pieces, ink: Grey): Piece[] {
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
function reach({ left, top, right, bottom }: Bounds, { width, height }: Grey): number {
  const near = Math.floor(EDGE * Math.max(width, height));
  const ways = [
    left <= near ? (right + 1) / width : Infinity,
    top <= near ? (bottom + 1) / height : Infinity,
    right >= width - 1 - near ? 1 - left / width : Infinity,
    bottom >= height - 1 - near ? 1 - top / height : Infinity,
  ];
  return Math.min(...ways);
}

/** Removes frames: a box or ring around writing, or a large empty box. */
function withoutFrames(pieces: Piece[], labels: Uint32Array, ink: Grey): Piece[] {
  const { width, height } = ink;
  const large = pieces.filter((piece) => lengthOf(piece) >= LEAST_PART * Math.max(width, height));
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

/** Components that are close together. */
interface Group extends Bounds {
  pixels: number;
  parts: Piece[];
}

/** Groups components that are connected by gaps of at most `apart`. */
function together(pieces: Piece[], apart: number): Group[] {
  let groups: Group[] = [];
  for (const piece of pieces) {
    const near = groups.filter(({ parts }) => parts.some((part) => gapBetween(part, piece) <= closeness(part, piece, apart)));
    groups = [...groups.filter((group) => !near.includes(group)), joined([...near.flatMap(({ parts }) => parts), piece])];
  }
  return groups;
}

/** How far apart two components may be. Two large ones may be two digits, however thick their strokes. */
function closeness(one: Piece, other: Piece, apart: number): number {
  const [shorter, longer] = [lengthOf(one), lengthOf(other)].sort((a, b) => a - b) as [number, number];
  return shorter < AS_LARGE * longer || isFlat(one) || isFlat(other) ? apart : Math.min(apart, Math.max(2, CLOSE * longer));
}

function joined(parts: Piece[]): Group {
  return {
    parts,
    pixels: parts.reduce((sum, { pixels }) => sum + pixels, 0),
    left: Math.min(...parts.map(({ left }) => left)),
    top: Math.min(...parts.map(({ top }) => top)),
    right: Math.max(...parts.map(({ right }) => right)),
    bottom: Math.max(...parts.map(({ bottom }) => bottom)),
  };
}

/** Whether a group is another digit beside the main one: similar in size, and with a separate bounding box. */
function isAnother(main: Group, group: Group): boolean {
  return gapBetween(main, group) > 0 && lengthOf(group) >= AS_LARGE * lengthOf(main);
}
