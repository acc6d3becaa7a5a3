/** A first estimate from a small copy of a picture: whether its ink is bright or dark, and how thick it is. */
import { fillDark, type Grey } from "./background.js";
import { median, percentile } from "./histogram.js";

/** The longer side of the small copy. */
const SMALL = 128;
/** Few strokes are as thick as this share of the shorter side, and no sheet is as small. */
const THICK = 0.13;
/** No stroke is as thick as this share of the shorter side. */
const THICKEST = 0.3;
/**
 * The ink is bright if removing bright strokes leaves less than this multiple of the edges left by removing dark ones.
 */
const PLAINER = 0.85;
/** What has at least this share of the strongest contrast is ink; shadows have less. */
const INK = 0.7;

/** The estimate for a picture. */
export interface Survey {
  /** The ink is brighter than the paper. */
  bright: boolean;
  /** The thickness of strokes in pixels of the picture: the 90th percentile over their ink. */
  thickness: number;
}

/** Makes the estimate. */
export function survey(grey: Grey): Survey {
  const factor = Math.max(1, Math.ceil(Math.max(grey.width, grey.height) / SMALL));
  const small = shrink(grey, factor);
  const shorter = Math.min(small.width, small.height);
  const inverse = { ...small, pixels: small.pixels.map((value) => 255 - value) };
  // If the wrong polarity is removed, the ink stays in the background and adds edges.
  const plain = (one: Grey): number => edges({ ...one, pixels: fillDark(one, Math.max(3, Math.round(THICK * shorter))) });
  const bright = plain(inverse) < PLAINER * plain(small);
  const side = Math.max(3, Math.round(THICKEST * shorter));
  const dark = bright ? inverse : small;
  const contrast = fillDark(dark, side).map((value, i) => value - (dark.pixels[i] ?? 0));
  return { bright, thickness: factor * Math.min(side, thicknessOf(contrast, small.width, small.height)) };
}

/** The picture reduced by `factor` in each direction: the mean of each square. */
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

/** The total strength of the edges; noise and grain, which are weak, hardly count. */
function edges({ pixels, width }: Grey): number {
  let sum = 0;
  for (let i = width; i < pixels.length; i++) {
    const value = pixels[i] ?? 0;
    sum += (value - (pixels[i - width] ?? 0)) ** 2;
    if (i % width > 0) sum += (value - (pixels[i - 1] ?? 0)) ** 2;
  }
  return sum;
}

/** The thickness of what stands out, measured at each place across or down, whichever is shorter. */
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

/**
 * Stores in `runs` the lengths of runs that stand out, along `lines` lines of `length` pixels, unless a shorter one is
 * stored.
 */
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
