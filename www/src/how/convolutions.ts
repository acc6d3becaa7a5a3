/** A diagram of the convolutions: a 3×3 window on the first of a stack of images. */
import type { Prediction } from "../protocol/engine.js";
import { paddedSide } from "../see/maps.js";
import { sheetOf, type Palette } from "./canvas.js";
import { imageOf } from "./patches.js";

/** The number of sheets behind the first one, and their offset as a share of the whole. */
const BEHIND = 3;
const APART = 0.06;
/** The position of the window: a third of the way down, most digits have ink. */
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
