/** Convolutions as a diagram: a window of 3×3 pixels on the first of a stack of images. */
import type { Prediction } from "../protocol/engine.js";
import { paddedSide } from "../see/maps.js";
import { sheetOf, type Palette } from "./canvas.js";
import { imageOf } from "./patches.js";

/** Sheets behind the first one, and how far apart they lie, in shares of the whole. */
const BEHIND = 3;
const APART = 0.06;
/** Where the window stands: the third of the way down has ink in most digits. */
const PLACE = 0.3;

/** Draws the stack with its window. */
export function drawConvolutions(canvas: HTMLCanvasElement, prediction: Prediction, palette: Palette): void {
  const sheet = sheetOf(canvas);
  if (!sheet) return;
  const { context } = sheet;
  const whole = Math.min(sheet.width, sheet.height);
  const side = whole * (1 - BEHIND * APART);
  const left = (sheet.width - whole) / 2;
  context.lineWidth = 1;
  context.strokeStyle = palette.edge;
  context.fillStyle = palette.card;
  for (let behind = BEHIND; behind > 0; behind--) {
    const [x, y] = [left + behind * APART * whole, (BEHIND - behind) * APART * whole];
    context.fillRect(x, y, side, side);
    context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
  }
  const top = BEHIND * APART * whole;
  context.drawImage(imageOf(prediction, palette), left, top, side, side);
  context.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
  const pixel = side / paddedSide(prediction);
  const place = Math.floor(PLACE * paddedSide(prediction)) * pixel;
  context.strokeStyle = palette.accent;
  context.lineWidth = Math.max(1.5, whole / 90);
  context.strokeRect(left + place, top + place, 3 * pixel, 3 * pixel);
}
