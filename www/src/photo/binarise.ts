/**
 * Extracts ink from a picture: finds whether the ink is darker or lighter than the paper, and keeps what is dark and
 * thin compared with the paper around it. Uneven light, shadows, the sheet's edge and the table are removed.
 */
import { growBright, growDark, type Grey } from "./background.js";
import type { Writing } from "./grouping.js";
import { histogram, percentile, percentileOf } from "./histogram.js";
import { survey } from "./survey.js";
import { nextTask } from "./task.js";
import { findWriting } from "./writing.js";

/** A smaller difference between ink and paper than this, of 255, is noise. */
const LEAST_CONTRAST = 24;
/** Pictures smaller than this are assumed to be evenly lit: drawn, not photographed. */
const SMALL = 96;
/** The paper's brightness is measured over squares this many stroke widths wide. */
const AROUND = 2.5;
/** The smallest such square, in pixels, and the largest, as a share of the picture's shorter side. */
const [LEAST_AROUND, MOST_AROUND] = [17, 0.35];
/** Darker paper counts as this bright: otherwise noise on it would look like ink. */
const DARKEST_PAPER = 48;
/** The smallest share of the picture that ink covers. */
const LEAST_INK = 0.001;
/** Contrast below this multiple of the noise's standard deviation is noise. */
const NOISE = 5;
/** The shares of the strongest contrast at which ink begins and is fully opaque. */
const [FAINTEST, FULL] = [0.3, 0.65];
/** Paper darker than this share of the brightest may be a table; contrast below the second number is its grain. */
const [DIM, GRAIN] = [0.65, 64];

/** The contrast of a picture, and the paper that it was measured against. */
interface Measured {
  contrast: Uint8Array;
  paper: Uint8Array;
}

/** The digits of a picture from its RGBA pixels. */
export async function readDigits(rgba: Uint8ClampedArray, width: number, height: number): Promise<Writing> {
  const grey: Grey = { pixels: greyOnPaper(rgba), width, height };
  // In steps of a few milliseconds, so that the page stays responsive.
  await nextTask();
  const photo = Math.min(width, height) >= SMALL;
  const measured = photo ? await photographed(grey) : made(grey);
  await nextTask();
  const pixels = stretch(measured);
  if (!pixels) return { digits: [], text: false };
  await nextTask();
  return findWriting({ pixels, width, height }, measured.paper);
}

/** Brightness from 0 to 255; transparent pixels become paper that contrasts with the ink. */
function greyOnPaper(rgba: Uint8ClampedArray): Uint8Array {
  let [sum, opaque] = [0, 0];
  const grey = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * (rgba[4 * i] ?? 0) + 0.587 * (rgba[4 * i + 1] ?? 0) + 0.114 * (rgba[4 * i + 2] ?? 0);
    const alpha = rgba[4 * i + 3] ?? 0;
    sum += (grey[i] ?? 0) * alpha;
    opaque += alpha;
  }
  const paper = opaque > 0 && sum / opaque > 127 ? 0 : 255;
  const solid = opaque === grey.length * 255;
  for (let i = 0; i < grey.length && !solid; i++) {
    const share = (rgba[4 * i + 3] ?? 0) / 255;
    grey[i] = Math.round((grey[i] ?? 0) * share + paper * (1 - share));
  }
  return grey;
}

/** The contrast of a small picture, whose paper is the uniform grey of its border. */
function made({ pixels, width, height }: Grey): Measured {
  const band = Math.max(1, Math.round(Math.min(width, height) * 0.05));
  const edge = pixels.filter((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return Math.min(x, y, width - 1 - x, height - 1 - y) < band;
  });
  const paper = percentile(edge, 0.5);
  const dark = paper - percentile(pixels, 0.01) >= percentile(pixels, 0.99) - paper;
  const contrast = pixels.map((value) => Math.max(0, dark ? paper - value : value - paper));
  return { contrast, paper: new Uint8Array(pixels.length).fill(paper) };
}

/**
 * The contrast of a photo or scan: how much darker each pixel is than the paper around it, relative to the paper's
 * brightness.
 */
async function photographed(grey: Grey): Promise<Measured> {
  const { bright, thickness } = survey(grey);
  const even = { ...grey, pixels: soften(bright ? { ...grey, pixels: grey.pixels.map((value) => 255 - value) } : grey) };
  await nextTask();
  const most = MOST_AROUND * Math.min(grey.width, grey.height);
  const around = Math.max(LEAST_AROUND, Math.round(Math.min(most, AROUND * thickness)));
  const grown = growBright(even, around);
  await nextTask();
  const paper = growDark(grown, even, around);
  await nextTask();
  const contrast = paper.map((light, i) => (255 * (light - (even.pixels[i] ?? 0))) / Math.max(DARKEST_PAPER, light));
  return { contrast, paper };
}

/** Reduces noise with a weighted mean of three pixels across and down. The picture's border is unchanged. */
function soften({ pixels, width, height }: Grey): Uint8Array {
  const across = pixels.slice();
  for (let y = 0; y < height; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) across[i] = meanOfThree(pixels, i, 1);
  }
  const down = across.slice();
  for (let i = width; i < across.length - width; i++) down[i] = meanOfThree(across, i, width);
  return down;
}

function meanOfThree(pixels: Uint8Array, i: number, step: number): number {
  return ((pixels[i - step] as number) + 2 * (pixels[i] as number) + (pixels[i + step] as number) + 2) >> 2;
}

/** Converts contrast to ink; null if nothing stands out from the paper and its noise. */
function stretch({ contrast, paper: light }: Measured): Uint8Array | null {
  const counts = histogram(contrast);
  const paper = percentileOf(counts, 0.5);
  const noise = Math.max(1, paper - percentileOf(counts, 0.16));
  const strongest = percentileOf(counts, 1 - LEAST_INK) - paper;
  if (strongest < LEAST_CONTRAST || strongest < NOISE * noise) return null;
  const from = paper + Math.max(FAINTEST * strongest, NOISE * 0.8 * noise);
  const to = paper + FULL * strongest;
  const dim = DIM * percentile(light, 0.95);
  return contrast.map((value, i) => {
    const least = (light[i] as number) < dim ? Math.max(from, GRAIN) : from;
    return Math.min(255, Math.max(0, (255 * (value - least)) / Math.max(1, to - least)));
  });
}
