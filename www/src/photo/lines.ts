/** Removes printed lines from ink: those of squared and lined paper, and of boxes to write in. */
import type { Grey } from "./background.js";
import { CONNECTS } from "./pieces.js";

/** Lines are thinner than this share of the picture's longer side. */
const THIN = 0.02;
/**
 * Lines cover at least the first share of the picture's extent, and at least the second of the longest parallel line.
 */
const [LONG, ALIKE] = [0.45, 0.75];
/**
 * Beside many parallel lines, one that the picture's edge cuts off is a line from this share of the picture's extent on,
 * if it covers `ALIKE` of its way through the picture.
 */
const CUT = 0.05;
/** No part of a line is thicker than this multiple of its median thickness. */
const THICKER = 1.4;
/** This many lines are not strokes of a digit, even if they do not reach from edge to edge. */
const MANY = 3;
/** A line that ends within this share of the picture from an edge reaches the edge. */
const EDGE = 0.03;
/** The largest tilt of a line: at most the first number of pixels per the second. */
const [STEEPEST, PER] = [14, 128];
/** The most rounds. */
const ROUNDS = 5;
/** The tilt is estimated from one pixel in this many. */
const SPARSE = 4;
/** Replaces the position of a run that is already part of a line. */
const TAKEN = -0x8000_0000;

/** A direction for looking at a picture's pixels: along rows or along columns. */
interface Way {
  /** The number of pixels in a line, and their distance in the array. */
  along: number;
  step: number;
  /** The number of lines, and their distance in the array. */
  across: number;
  next: number;
}

/** A run of ink across a line: its pixel along the line, its start and its thickness. */
interface Run {
  at: number;
  from: number;
  thick: number;
}

/** A printed line. */
interface Line {
  runs: Run[];
  /** Whether it reaches from edge to edge. */
  through: boolean;
  /** Whether it covers enough of the picture to be a line by itself. */
  long: boolean;
}

/** Ink without printed lines. */
export interface Cleared {
  pixels: Uint8Array;
  /** Many lines reach from edge to edge: the paper is lined or squared. */
  paper: boolean;
}

/** The ink without lines, but with the strokes where they cross; null if there are none. */
export function withoutLines(ink: Grey): Cleared | null {
  const thin = Math.max(3, Math.round(THIN * Math.max(ink.width, ink.height)));
  const rows: Way = { along: ink.width, step: 1, across: ink.height, next: ink.width };
  const columns: Way = { along: ink.height, step: ink.width, across: ink.width, next: 1 };
  const cleared = ink.pixels.slice();
  const found = [rows, columns].flatMap((way) => wipeAlong(cleared, way, thin));
  // A lone line from edge to edge may be a digit that fills the picture.
  const alone = !cleared.some((value) => value >= CONNECTS) && found.length < MANY;
  const printed = found.length >= MANY || (found.length > 0 && found.every(({ through }) => through));
  if (alone || !printed) return null;
  return { pixels: cleared, paper: found.filter(({ through }) => through).length >= MANY };
}

/** Erases the lines along a way, and returns them. Seen at an angle, not all are parallel: each round has its own tilt. */
function wipeAlong(pixels: Uint8Array, way: Way, thin: number): Line[] {
  const all: Line[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const lines = findLines(pixels, way, thin, all);
    if (lines.length === 0) break;
    for (const { runs } of lines) wipe(pixels, way, runs);
    all.push(...lines);
  }
  return all;
}

function longest(lines: readonly Line[]): number {
  return lines.reduce((most, { runs }) => Math.max(most, runs.length), 0);
}

function wipe(pixels: Uint8Array, way: Way, runs: Run[]): void {
  for (const { at, from, thick } of runs) {
    for (let line = from; line < from + thick; line++) pixels[line * way.next + at * way.step] = 0;
  }
}

/** The lines of one tilt; `before` are those of the rounds before. */
function findLines(pixels: Uint8Array, way: Way, thin: number, before: readonly Line[]): Line[] {
  const runs = thinRuns(pixels, way, thin);
  if (runs.length < CUT * way.along) return [];
  const tilt = tiltOf(runs, way);
  const places = placesOf(runs, way, tilt);
  const lines: Line[] = [];
  for (let peak = takePeak(runs, places, thin); peak.length >= CUT * way.along; peak = takePeak(runs, places, thin)) {
    const [first, last] = [peak[0]?.at ?? 0, peak.at(-1)?.at ?? 0];
    lines.push({ runs: evenlyThick(peak), through: first < EDGE * way.along && last > (1 - EDGE) * way.along, long: peak.length >= LONG * way.along });
  }
  const least = ALIKE * Math.max(longest(before), longest(lines));
  const whole = lines.filter((line) => line.long && line.runs.length >= least);
  if (before.length + whole.length < MANY) return whole;
  return lines.filter((line) => whole.includes(line) || isCut(line, way, tilt));
}

/** Whether a line enters or leaves the picture at the side, and covers most of its way between. */
function isCut({ runs }: Line, way: Way, tilt: number): boolean {
  const middle = runs[runs.length >> 1];
  if (!middle) return false;
  let inside = 0;
  for (let at = 0; at < way.along; at++) {
    const place = middle.from + (tilt * (at - middle.at)) / PER;
    if (place >= 0 && place < way.across) inside += 1;
  }
  return inside < way.along && runs.length >= ALIKE * inside;
}

/** Removes runs thicker than the line: they belong to strokes within the band. */
function evenlyThick(runs: Run[]): Run[] {
  const usual = runs.map(({ thick }) => thick).sort((a, b) => a - b)[runs.length >> 1] ?? 0;
  return runs.filter(({ thick }) => thick <= THICKER * usual + 1);
}

/** All runs that are thin across the lines, in the order of the pixels along the lines. */
function thinRuns(pixels: Uint8Array, { along, step, across, next }: Way, thin: number): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < along; at++) {
    let from = 0;
    for (let line = 0; line <= across; line++) {
      if (line < across && (pixels[line * next + at * step] as number) >= CONNECTS) continue;
      if (line > from && line - from <= thin) runs.push({ at, from, thick: line - from });
      from = line + 1;
    }
  }
  return runs;
}

/** The tilt that concentrates the ink on the fewest lines, in pixels across per `PER` along. */
function tiltOf(runs: Run[], way: Way): number {
  const some = runs.filter(({ at }) => at % SPARSE === 0);
  let [best, most] = [0, -1];
  for (let tilt = -STEEPEST; tilt <= STEEPEST; tilt++) {
    const counts = new Uint32Array(2 * way.across + way.along);
    for (const place of placesOf(some, way, tilt)) counts[place + way.across] = (counts[place + way.across] ?? 0) + 1;
    const sum = counts.reduce((all, count) => all + count * count, 0);
    if (sum > most) [best, most] = [tilt, sum];
  }
  return best;
}

/** The position of each run, corrected for the tilt of the line. */
function placesOf(runs: Run[], way: Way, tilt: number): Int32Array {
  const middle = way.along / 2;
  return Int32Array.from(runs, ({ at, from, thick }) => Math.round(from + thick / 2 - (tilt * (at - middle)) / PER));
}

/** Removes and returns the runs of the longest line: the band, `thin` pixels wide, that contains the most runs. */
function takePeak(runs: Run[], places: Int32Array, thin: number): Run[] {
  const counts = new Map<number, number>();
  for (const place of places) if (place !== TAKEN) counts.set(place, (counts.get(place) ?? 0) + 1);
  let [best, most] = [0, 0];
  for (const place of counts.keys()) {
    let sum = 0;
    for (let beside = 0; beside < thin; beside++) sum += counts.get(place + beside) ?? 0;
    if (sum > most) [best, most] = [place, sum];
  }
  const found: Run[] = [];
  places.forEach((place, i) => {
    if (place < best || place >= best + thin) return;
    found.push(runs[i] as Run);
    places[i] = TAKEN;
  });
  return found;
}
