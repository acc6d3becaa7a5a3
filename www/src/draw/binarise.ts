/**
 * Ink out of a picture: finds whether the ink is darker or lighter than the paper, takes away uneven
 * light, and drops specks and what comes in from the picture's edge (shadows, the end of the sheet).
 */
import { keepWriting } from "./specks.js";

/** Less difference between ink and paper than this, of 255, is noise. */
const LEAST_CONTRAST = 24;
/** Cells per side in which the paper's brightness is measured. */
const CELLS = 8;
/** Pictures smaller than this have even light: they were made, not photographed. */
const SMALL = 96;

/** Ink of a picture (0 paper, 255 ink) from its RGBA pixels; null where there is none. */
export async function inkOf(rgba: Uint8ClampedArray, width: number, height: number): Promise<Uint8Array | null> {
  const grey = greyOnPaper(rgba);
  // Steps of a few milliseconds each, so that the page stays smooth.
  await nextTask();
  if (!isDarkOnLight(grey, width, height)) for (let i = 0; i < grey.length; i++) grey[i] = 255 - (grey[i] ?? 0);
  const contrast = againstPaper(grey, width, height);
  await nextTask();
  const strongest = percentile(contrast, 0.995, 0);
  if (strongest < LEAST_CONTRAST) return null;
  const ink = stretch(contrast, threshold(contrast));
  await nextTask();
  return keepWriting(ink, width, height) ? ink : null;
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Brightness from 0 to 255; what is transparent shows paper that its ink stands out from. */
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

/** Whether the picture's edge, which is paper as a rule, is nearer to its brightest than to its darkest. */
function isDarkOnLight(grey: Uint8Array, width: number, height: number): boolean {
  const band = Math.max(1, Math.round(Math.min(width, height) * 0.05));
  const edge: number[] = [];
  for (let y = 0; y < height; y++) {
    const inner = y >= band && y < height - band;
    for (let x = 0; x < width; x++) {
      if (inner && x === band) x = Math.max(x, width - band);
      edge.push(grey[y * width + x] ?? 0);
    }
  }
  const paper = percentile(edge, 0.5);
  return paper - percentile(grey, 0.01) >= percentile(grey, 0.99) - paper;
}

/** The value that a share of the bytes greater than `above` lies below. */
function percentile(values: ArrayLike<number>, share: number, above = -1): number {
  const counts = histogram(values);
  let left = 0;
  for (let value = above + 1; value < 256; value++) left += counts[value] ?? 0;
  left *= share;
  for (let value = above + 1; value < 256; value++) {
    left -= counts[value] ?? 0;
    if (left <= 0) return counts[value] === 0 ? 0 : value;
  }
  return 0;
}

function histogram(values: ArrayLike<number>): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < values.length; i++) counts[values[i] ?? 0] = (counts[values[i] ?? 0] ?? 0) + 1;
  return counts;
}

/** How much darker each pixel is than the paper around it. */
function againstPaper(grey: Uint8Array, width: number, height: number): Uint8Array {
  const cells = Math.min(width, height) < SMALL ? 1 : CELLS;
  const paper = smooth(dilate(cellPaper(grey, width, height, cells), cells), cells);
  const contrast = new Uint8Array(grey.length);
  for (let y = 0; y < height; y++) {
    const row = place(y, height, cells);
    for (let x = 0; x < width; x++) {
      const column = place(x, width, cells);
      contrast[y * width + x] = Math.max(0, between(paper, cells, row, column) - (grey[y * width + x] ?? 0));
    }
  }
  return contrast;
}

/** The paper's brightness in each cell: brighter than most of it, so that ink does not count. */
function cellPaper(grey: Uint8Array, width: number, height: number, cells: number): Float32Array {
  const paper = new Float32Array(cells * cells);
  for (let cell = 0; cell < paper.length; cell++) {
    const [row, column] = [Math.floor(cell / cells), cell % cells];
    const values: number[] = [];
    for (let y = edge(row, height, cells); y < edge(row + 1, height, cells); y++) {
      const [from, to] = [edge(column, width, cells), edge(column + 1, width, cells)];
      for (let x = from; x < to; x++) values.push(grey[y * width + x] ?? 0);
    }
    paper[cell] = percentile(values, 0.8);
  }
  return paper;
}

function edge(cell: number, pixels: number, cells: number): number {
  return Math.floor((cell * pixels) / cells);
}

/** Each cell becomes the brightest of its neighbours: a cell full of ink takes the paper beside it. */
function dilate(paper: Float32Array, cells: number): Float32Array {
  return paper.map((_, cell) => Math.max(...neighbours(paper, cell, cells)));
}

function smooth(paper: Float32Array, cells: number): Float32Array {
  return paper.map((_, cell) => {
    const around = neighbours(paper, cell, cells);
    return around.reduce((sum, value) => sum + value, 0) / around.length;
  });
}

function neighbours(paper: Float32Array, cell: number, cells: number): number[] {
  const [row, column] = [Math.floor(cell / cells), cell % cells];
  const found: number[] = [];
  for (let y = Math.max(0, row - 1); y <= Math.min(cells - 1, row + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(cells - 1, column + 1); x++) {
      found.push(paper[y * cells + x] ?? 0);
    }
  }
  return found;
}

/** Where a pixel lies among the cells' middles. */
function place(pixel: number, pixels: number, cells: number): number {
  return Math.min(cells - 1, Math.max(0, ((pixel + 0.5) / pixels) * cells - 0.5));
}

/** The paper between the middles of four cells. */
function between(paper: Float32Array, cells: number, row: number, column: number): number {
  const [y, x] = [Math.floor(row), Math.floor(column)];
  const [below, right] = [Math.min(cells - 1, y + 1), Math.min(cells - 1, x + 1)];
  const [down, along] = [row - y, column - x];
  const upper = (paper[y * cells + x] ?? 0) * (1 - along) + (paper[y * cells + right] ?? 0) * along;
  const lower = (paper[below * cells + x] ?? 0) * (1 - along) + (paper[below * cells + right] ?? 0) * along;
  return upper * (1 - down) + lower * down;
}

/** The contrast that best parts paper from ink (Otsu 1979). */
function threshold(contrast: Uint8Array): number {
  const counts = histogram(contrast);
  let total = 0;
  counts.forEach((count, value) => (total += count * value));
  let [best, most, below, sumBelow] = [0, -1, 0, 0];
  for (let value = 0; value < 255; value++) {
    below += counts[value] ?? 0;
    sumBelow += (counts[value] ?? 0) * value;
    const over = contrast.length - below;
    if (below === 0 || over === 0) continue;
    const apart = sumBelow / below - (total - sumBelow) / over;
    const variance = below * over * apart * apart;
    if (variance > most) [best, most] = [value, variance];
  }
  return Math.max(LEAST_CONTRAST / 2, best);
}

/** Contrast to ink: none at half the threshold, full at one and a half times it. */
function stretch(contrast: Uint8Array, middle: number): Uint8Array {
  return contrast.map((value) => Math.round(255 * Math.min(1, Math.max(0, (value - middle / 2) / middle))));
}
