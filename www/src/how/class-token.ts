/** The class token's values after each block, as coloured stripes. */
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { COLOURS } from "../ui/colour.js";
import { context2d } from "../ui/dom.js";
import { offPage, sheetOf, type Palette } from "./canvas.js";

/** The space for the names of the blocks, in CSS pixels. */
const NAMES = 58;
/** The gap between rows, as a share of a row. */
const GAP = 0.25;

const stripes = offPage();

/** Draws a row of stripes for each block. */
export function drawClassTokens(canvas: HTMLCanvasElement, prediction: Prediction, palette: Palette): void {
  const sheet = sheetOf(canvas);
  const width = prediction.class_token.length / prediction.depth;
  if (!sheet || width < 1) return;
  const { context } = sheet;
  paintStripes(prediction, width);
  const row = sheet.height / (prediction.depth - GAP);
  const thick = row * (1 - GAP);
  context.font = `12px ${palette.font}`;
  context.textBaseline = "middle";
  context.fillStyle = palette.quiet;
  for (let block = 0; block < prediction.depth; block++) {
    if (row >= 12 || block % 2 === 0) context.fillText(t("block {block}", { block: block + 1 }), 0, block * row + thick / 2);
    context.drawImage(stripes, 0, block, width, 1, NAMES, block * row, sheet.width - NAMES, thick);
  }
}

/** One canvas pixel per value: 0 is the middle of the colour scale, the row's largest absolute value an end. */
function paintStripes(prediction: Prediction, width: number): void {
  stripes.width = width;
  stripes.height = prediction.depth;
  const image = new ImageData(width, prediction.depth);
  for (let block = 0; block < prediction.depth; block++) {
    const numbers = prediction.class_token.subarray(block * width, (block + 1) * width);
    const largest = numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 1e-9);
    numbers.forEach((number, i) => {
      const colour = 3 * Math.round(127.5 * (1 + number / largest));
      image.data.set(COLOURS.subarray(colour, colour + 3), 4 * (block * width + i));
      image.data[4 * (block * width + i) + 3] = 255;
    });
  }
  context2d(stripes).putImageData(image, 0, 0);
}
