/** The image as the model sees it, with the grid of its patches. */
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { byId, context2d, paintPixels } from "../ui/dom.js";

/** Canvas pixels per image pixel: enough for thin lines between patches. */
const ZOOM = 8;
const GRID = "rgb(255 214 90 / 0.55)";
/** The colour of padding that the model adds: slightly lighter than black, so that it can be told apart. */
const PADDING = "#2b2b33";

/** Finds the canvas; the returned function paints a prediction, or clears it. */
export function mountSeen(): (prediction: Prediction | null) => void {
  const canvas = byId("seen", HTMLCanvasElement);
  const caption = byId("seen-caption", HTMLElement);
  const pixels = document.createElement("canvas");
  let shape = "";
  return (prediction) => {
    if (!prediction) {
      paintEmpty(canvas);
      canvas.setAttribute("aria-label", t("Nothing yet: the model sees the drawing here"));
      return;
    }
    paintPixels(pixels, prediction.image, prediction.side);
    paintPrediction(canvas, pixels, prediction);
    canvas.setAttribute("aria-label", t("The drawing as the model sees it: {side} by {side} pixels", { side: prediction.side }));
    const text = shapeInWords(prediction);
    if (text !== shape) caption.textContent = shape = text;
  };
}

function paintEmpty(canvas: HTMLCanvasElement): void {
  const context = context2d(canvas);
  context.fillStyle = "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
}

function paintPrediction(canvas: HTMLCanvasElement, pixels: HTMLCanvasElement, prediction: Prediction): void {
  const side = prediction.grid * prediction.patch * ZOOM;
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = context2d(canvas);
  context.fillStyle = PADDING;
  context.fillRect(0, 0, side, side);
  context.imageSmoothingEnabled = false;
  context.drawImage(pixels, prediction.padding * ZOOM, prediction.padding * ZOOM, prediction.side * ZOOM, prediction.side * ZOOM);
  context.fillStyle = GRID;
  for (let line = 1; prediction.plain && line < prediction.grid; line++) {
    const place = line * prediction.patch * ZOOM - 1;
    context.fillRect(place, 0, 2, side);
    context.fillRect(0, place, side, 2);
  }
}

function shapeInWords({ side, grid, patch, plain }: Prediction): string {
  if (!plain) return t("What the model sees: {side}×{side} pixels.", { side });
  return t("What the model sees: {side}×{side} pixels. The lines show its {count} patches of {patch}×{patch} pixels.",
    { side, count: grid * grid, patch });
}
