/** A picture of each step from pixels to the answer, at any size: for the strip and the presentation. */
import { sheetOf, offPage, type Palette, type Sheet } from "../how/canvas.js";
import { drawConvolutions } from "../how/convolutions.js";
import { drawPatches, drawTokens, imageOf } from "../how/patches.js";
import type { Prediction } from "../protocol/engine.js";
import { paintHeat } from "../see/heat.js";
import { attentionMap, type MapChoice } from "../see/maps.js";
import { className } from "../ui/names.js";

/** Draws one step of a prediction; `names` are the class names. */
export type Draw = (canvas: HTMLCanvasElement, prediction: Prediction, palette: Palette, names: readonly string[]) => void;

/** The drawing function of each step, by its name in the page. */
export const PICTURES: Record<string, Draw> = {
  pixels: drawPixels,
  convolutions: drawConvolutions,
  patches: drawPatches,
  tokens: drawTokens,
  blocks: drawBlocks,
  answer: drawAnswer,
};

/** The gap between adjacent pictures, as a share of one. */
const GAP = 0.12;
/** With more classes than this, their names do not fit. */
const MOST_NAMED = 12;

const heat = offPage();

function drawPixels(canvas: HTMLCanvasElement, prediction: Prediction, palette: Palette): void {
  const sheet = sheetOf(canvas);
  if (!sheet) return;
  const side = Math.min(sheet.width, sheet.height);
  sheet.context.drawImage(imageOf(prediction, palette), (sheet.width - side) / 2, 0, side, side);
}

/** The attention in each block, averaged over its heads. */
function drawBlocks(canvas: HTMLCanvasElement, prediction: Prediction): void {
  const choices = Array.from({ length: prediction.depth }, (_, block): MapChoice => ({ kind: "mean", block }));
  drawMaps(canvas, prediction, choices);
}

/** The attention of each head of a block. */
export function drawHeads(block: number): Draw {
  return (canvas, prediction) => {
    const choices = Array.from({ length: prediction.heads }, (_, head): MapChoice => ({ kind: "head", block, head }));
    drawMaps(canvas, prediction, choices);
  };
}

/** The attention rollout over all blocks. */
export function drawRollout(canvas: HTMLCanvasElement, prediction: Prediction): void {
  drawMaps(canvas, prediction, [{ kind: "rollout" }]);
}

/** Draws maps side by side, in as many rows as make them largest. */
function drawMaps(canvas: HTMLCanvasElement, prediction: Prediction, choices: readonly MapChoice[]): void {
  const sheet = sheetOf(canvas);
  if (!sheet) return;
  const { columns, size } = largest(choices.length, sheet);
  const step = size * (1 + GAP);
  const rows = Math.ceil(choices.length / columns);
  const left = (sheet.width - (columns * step - size * GAP)) / 2;
  const top = (sheet.height - (rows * step - size * GAP)) / 2;
  choices.forEach((choice, i) => {
    paintHeat(heat, prediction, attentionMap(prediction, choice, { kind: "class" }));
    sheet.context.drawImage(heat, left + (i % columns) * step, top + Math.floor(i / columns) * step, size, size);
  });
}

/** The number of columns that makes `count` squares largest in a sheet. */
export function largest(count: number, { width, height }: Sheet): { columns: number; size: number } {
  let best = { columns: 1, size: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const size = Math.min(width / (columns + (columns - 1) * GAP), height / (rows + (rows - 1) * GAP));
    if (size > best.size) best = { columns, size };
  }
  return best;
}

/** Draws probabilities as columns, with the most probable class in the accent colour. */
function drawAnswer(canvas: HTMLCanvasElement, prediction: Prediction, palette: Palette, names: readonly string[]): void {
  const sheet = sheetOf(canvas);
  if (!sheet) return;
  const { context, width, height } = sheet;
  const { probabilities } = prediction;
  const step = width / probabilities.length;
  const named = probabilities.length <= MOST_NAMED && names.every((name) => name.length <= 2);
  const text = named ? Math.min(step * 0.8, height * 0.16) : 0;
  const first = probabilities.indexOf(Math.max(...probabilities));
  context.font = `600 ${text}px ${palette.font}`;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  probabilities.forEach((probability, label) => {
    const long = Math.max(1, (height - 1.4 * text) * probability);
    context.fillStyle = label === first ? palette.accent : palette.quiet;
    context.fillRect((label + 0.15) * step, height - 1.4 * text - long, step * 0.7, long);
    if (named) context.fillText(className(names, label), (label + 0.5) * step, height);
  });
}
