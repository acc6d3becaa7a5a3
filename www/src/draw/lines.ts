/** Takes printed lines out of ink: those of squared and lined paper, and of boxes to write in. */
import type { Grey } from "./background.js";
import { CONNECTS } from "./pieces.js";

/** Lines are thinner than this part of the picture's longer side. */
const THIN = 0.02;
/** They go through at least this part of the picture, and are nearly as long as the longest beside them. */
const [LONG, ALIKE] = [0.45, 0.75];
/** A line is nowhere so many times as thick as usual. */
const THICKER = 1.4;
/** So many lines are no strokes of a digit, even if they do not go from edge to edge. */
const MANY = 3;
/** A line that comes so near to an edge, in parts of the picture, goes through to it. */
const EDGE = 0.03;
/** Lines are tilted by at most so many pixels in so many. */
const [STEEPEST, PER] = [14, 128];
/** To find the tilt, one pixel of so many will do. */
const SPARSE = 4;
/** In place of the place of a run that belongs to a line already. */
const TAKEN = -0x8000_0000;

/** A picture's pixels seen along its rows, or along its columns. */
interface Way {
  /** Pixels of a line, and how far apart they are in the array. */
  along: number;
  step: number;
  /** The number of lines, and how far apart they are. */
  across: number;
  next: number;
}

/** Ink across a line: at which pixel of the line, from where on and how thick. */
interface Run {
  at: number;
  from: number;
  thick: number;
}

/** A printed line. */
interface Line {
  runs: Run[];
  /** Whether it goes from edge to edge. */
  through: boolean;
}

/** Wipes lines off, in place; where one crosses a stroke, the stroke stays. False where there are none. */
export function wipeLines(ink: Grey): boolean {
  const thin = Math.max(3, Math.round(THIN * Math.max(ink.width, ink.height)));
  const rows: Way = { along: ink.width, step: 1, across: ink.height, next: ink.width };
  const columns: Way = { along: ink.height, step: ink.width, across: ink.width, next: 1 };
  const cleared = ink.pixels.slice();
  const found = [rows, columns].flatMap((way) => {
    const lines = findLines(cleared, way, thin);
    for (const { runs } of lines) wipe(cleared, way, runs);
    return lines;
  });
  // One from edge to edge can be a digit that fills the picture, if it is all there is.
  const alone = !cleared.some((value) => value >= CONNECTS) && found.length < MANY;
  const printed = found.length >= MANY || (found.length > 0 && found.every(({ through }) => through));
  if (alone || !printed) return false;
  ink.pixels.set(cleared);
  return true;
}

function wipe(pixels: Uint8Array, way: Way, runs: Run[]): void {
  for (const { at, from, thick } of runs) {
    for (let line = from; line < from + thick; line++) pixels[line * way.next + at * way.step] = 0;
  }
}

function findLines(pixels: Uint8Array, way: Way, thin: number): Line[] {
  const runs = thinRuns(pixels, way, thin);
  if (runs.length < LONG * way.along) return [];
  const tilt = tiltOf(runs, way);
  const places = placesOf(runs, way, tilt);
  const lines: Line[] = [];
  for (let peak = takePeak(runs, places, thin); peak.length >= LONG * way.along; peak = takePeak(runs, places, thin)) {
    const [first, last] = [peak[0]?.at ?? 0, peak.at(-1)?.at ?? 0];
    lines.push({ runs: evenlyThick(peak), through: first < EDGE * way.along && last > (1 - EDGE) * way.along });
  }
  const longest = lines.reduce((most, line) => Math.max(most, line.runs.length), 0);
  return lines.filter((line) => line.runs.length >= ALIKE * longest);
}

/** Without the strokes that lie within the band and are thicker than the line. */
function evenlyThick(runs: Run[]): Run[] {
  const usual = runs.map(({ thick }) => thick).sort((a, b) => a - b)[runs.length >> 1] ?? 0;
  return runs.filter(({ thick }) => thick <= THICKER * usual + 1);
}

/** All ink that is thin when measured across the lines, in the order of the lines' pixels. */
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

/** The tilt at which most ink falls on few lines, in pixels across for each `PER` along. */
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

/** Where each run would be at the beginning of a tilted line. */
function placesOf(runs: Run[], way: Way, tilt: number): Int32Array {
  const middle = way.along / 2;
  return Int32Array.from(runs, ({ at, from, thick }) => Math.round(from + thick / 2 - (tilt * (at - middle)) / PER));
}

/** Takes out the runs of the longest line: a band, as wide as lines are thin, with the most runs. */
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
