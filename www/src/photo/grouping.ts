/** Groups components of ink to digits. */
import type { Grey } from "./background.js";
import { plausible } from "./edges.js";
import { gapBetween, lengthOf, strokeWidth, type Bounds, type Piece, type Pieces } from "./pieces.js";

/** The least length of writing: as a share of the picture's longer side, and in pixels. */
const [LEAST_PART, LEAST_PIXELS] = [0.06, 6];
/** More components than this are grain or dirt, unless most of them are as large as writing: then they are text. */
const MOST_PIECES = 24;
/** Components of similar size are at most this share of the longer one apart. */
const CLOSE = 0.12;
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
 * Groups components to digits, and drops those that are none. Those up to `strokes` stroke widths apart are parts of one
 * digit.
 */
export function digitsOf(ink: Grey, all: Pieces, strokes: number): Writing {
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
