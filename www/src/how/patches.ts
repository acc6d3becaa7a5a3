/** The image cut into patches: pulled apart, and in a row as tokens. */
import type { Prediction } from "../protocol/engine.js";
import { context2d } from "../ui/dom.js";
import { cornerOf, inkAt, paddedSide } from "../see/maps.js";
import { offPage, sheetOf, type Palette } from "./canvas.js";

/** The gap between patches that are pulled apart, as a share of a patch. */
const APART = 0.28;
/** The space for the number below a token, as a share of its width. */
const NUMBER = 0.55;
/** The smallest number size that is still drawn, in CSS pixels. */
const READABLE = 7;

const pixels = offPage();

/** Draws the patches pulled apart. */
export function drawPatches(canvas: HTMLCanvasElement, prediction: Prediction, palette: Palette): void {
  const sheet = sheetOf(canvas);
  if (!sheet) return;
  const size = sheet.width / (prediction.grid + (prediction.grid - 1) * APART);
  const draw = patchPen(sheet.context, prediction, palette);
  for (let patch = 0; patch < prediction.grid * prediction.grid; patch++) {
    const [row, column] = [Math.floor(patch / prediction.grid), patch % prediction.grid];
    draw(patch, column * size * (1 + APART), row * size * (1 + APART), size);
  }
}

/** Draws all tokens in order, the class token first, each with its position. */
export function drawTokens(canvas: HTMLCanvasElement, prediction: Prediction, palette: Palette): void {
  const sheet = sheetOf(canvas);
  if (!sheet) return;
  const { context } = sheet;
  const columns = columnsFor(prediction.tokens, sheet.height / sheet.width);
  const step = sheet.width / columns;
  const size = step * 0.86;
  const draw = patchPen(context, prediction, palette);
  const first = prediction.tokens - prediction.grid * prediction.grid;
  for (let position = 0; position < prediction.tokens; position++) {
    const [x, y] = [(position % columns) * step, Math.floor(position / columns) * step * (1 + NUMBER)];
    if (position < first) drawClassToken(context, palette, x, y, size);
    else draw(position - first, x, y, size);
    drawNumber(context, palette, position, x + size / 2, y + size, step * NUMBER);
  }
}

/** Draws the class token as a symbol: it has no pixels. */
export function drawClassToken(
  context: CanvasRenderingContext2D, palette: Palette, x: number, y: number, size: number,
): void {
  context.fillStyle = palette.accent;
  context.fillRect(x, y, size, size);
  context.fillStyle = palette.accentInk;
  write(context, palette, "C", x + size / 2, y + size * 0.54, size * 0.6);
}

/** How many tokens per row make all fit into a box with this ratio of height to width. */
function columnsFor(tokens: number, room: number): number {
  let columns = 1;
  while ((Math.ceil(tokens / columns) * (1 + NUMBER)) / columns > room) columns += 1;
  return columns;
}

function drawNumber(
  context: CanvasRenderingContext2D, palette: Palette, position: number, x: number, top: number, room: number,
): void {
  const size = room * 0.8;
  if (size < READABLE) return;
  context.fillStyle = palette.quiet;
  write(context, palette, String(position), x, top + room * 0.55, size);
}

function write(
  context: CanvasRenderingContext2D, palette: Palette, text: string, x: number, y: number, size: number,
): void {
  context.font = `600 ${size}px ${palette.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}

/** The padded image as the model sees it, drawn as ink on paper. */
export function imageOf(prediction: Prediction, palette: Palette): HTMLCanvasElement {
  const side = paddedSide(prediction);
  pixels.width = pixels.height = side;
  const image = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) image.data[4 * i + 3] = inkAt(prediction, i % side, Math.floor(i / side));
  const context = context2d(pixels);
  context.putImageData(image, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = palette.ink;
  context.fillRect(0, 0, side, side);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = palette.card;
  context.fillRect(0, 0, side, side);
  context.globalCompositeOperation = "source-over";
  return pixels;
}

/** Returns a function that draws single patches of a prediction at a given place and size. */
function patchPen(
  context: CanvasRenderingContext2D, prediction: Prediction, palette: Palette,
): (patch: number, x: number, y: number, size: number) => void {
  const image = imageOf(prediction, palette);
  // Without an outline, blank patches would not stand out from the page.
  context.strokeStyle = palette.edge;
  context.lineWidth = 1;
  return (patch, x, y, size) => {
    const from = cornerOf(prediction, patch);
    context.drawImage(image, from.x, from.y, prediction.patch, prediction.patch, x, y, size, size);
    context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
  };
}
