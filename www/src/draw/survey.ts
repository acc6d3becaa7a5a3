/** A first impression of a picture, taken from a small copy: which way round its ink is, and how thick. */
import { fillDark, type Grey } from "./background.js";
import { median, percentile } from "./histogram.js";

/** The longer side of the small copy. */
const SMALL = 128;
/** Part of the shorter side that few strokes are as thick as, and no sheet is as small. */
const THICK = 0.13;
/** Part of the shorter side that no stroke is as thick as. */
const THICKEST = 0.3;
/** A picture of bright ink is so much plainer without its bright strokes than without its dark ones. */
const PLAINER = 0.85;
/** What stands out at least this part as much as the strongest is ink; shadows are weaker. */
const INK = 0.7;

/** What is known of a picture before it is read closely. */
export interface Survey {
  /** The ink is brighter than the paper. */
  bright: boolean;
  /** How thick strokes are, in pixels of the picture: as thick as all but the thickest tenth of their ink. */
  thickness: number;
}

/** Takes a first impression. */
export function survey(grey: Grey): Survey {
  const factor = Math.max(1, Math.ceil(Math.max(grey.width, grey.height) / SMALL));
  const small = shrink(grey, factor);
  const shorter = Math.min(small.width, small.height);
  const inverse = { ...small, pixels: small.pixels.map((value) => 255 - value) };
  // Where the wrong ink is taken out, the right one stays in the background.
  const plain = (one: Grey): number => edges({ ...one, pixels: fillDark(one, Math.max(3, Math.round(THICK * shorter))) });
  const bright = plain(inverse) < PLAINER * plain(small);
  const side = Math.max(3, Math.round(THICKEST * shorter));
  const dark = bright ? inverse : small;
  const contrast = fillDark(dark, side).map((value, i) => value - (dark.pixels[i] ?? 0));
  return { bright, thickness: factor * Math.min(side, thicknessOf(contrast, small.width, small.height)) };
}

/** The picture with `factor` times fewer pixels each way: the mean of each square. */
function shrink({ pixels, width, height }: Grey, factor: number): Grey {
  if (factor === 1) return { pixels, width, height };
  const [wide, tall] = [Math.floor(width / factor), Math.floor(height / factor)];
  const small = new Uint8Array(wide * tall);
  for (let y = 0; y < tall; y++) {
    for (let x = 0; x < wide; x++) {
      let sum = 0;
      for (let down = 0; down < factor; down++) {
        const from = (y * factor + down) * width + x * factor;
        for (let right = 0; right < factor; right++) sum += pixels[from + right] ?? 0;
      }
      small[y * wide + x] = sum / (factor * factor);
    }
  }
  return { pixels: small, width: wide, height: tall };
}

/** How strong the edges are, all together; noise and grain, which are weak, hardly count. */
function edges({ pixels, width }: Grey): number {
  let sum = 0;
  for (let i = width; i < pixels.length; i++) {
    const value = pixels[i] ?? 0;
    sum += (value - (pixels[i - width] ?? 0)) ** 2;
    if (i % width > 0) sum += (value - (pixels[i - 1] ?? 0)) ** 2;
  }
  return sum;
}

/** How thick what stands out is, each place measured across or down, whichever is shorter. */
function thicknessOf(contrast: Uint8Array, width: number, height: number): number {
  const paper = median(contrast);
  const least = paper + INK * (percentile(contrast, 0.995) - paper);
  const runs = new Uint8Array(contrast.length);
  runs.fill(255);
  measureRuns(contrast, least, runs, height, width, 1, width);
  measureRuns(contrast, least, runs, width, 1, width, height);
  const found = runs.filter((_, i) => (contrast[i] ?? 0) > least);
  return found.length === 0 ? 1 : percentile(found, 0.9);
}

/** Notes in `runs` how long the runs are that stand out, on `lines` lines of `length` pixels, where none is shorter. */
function measureRuns(
  contrast: Uint8Array, least: number, runs: Uint8Array, lines: number, next: number, step: number, length: number,
): void {
  for (let line = 0; line < lines; line++) {
    let began = 0;
    for (let at = 0; at <= length; at++) {
      if (at < length && (contrast[line * next + at * step] ?? 0) > least) continue;
      for (let i = began; i < at; i++) {
        const pixel = line * next + i * step;
        runs[pixel] = Math.min(runs[pixel] ?? 0, at - began);
      }
      began = at + 1;
    }
  }
}
