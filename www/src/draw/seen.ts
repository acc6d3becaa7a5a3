/** The image as the model sees it, with the grid of its patches. */
import type { Look } from "../protocol/engine.js";
import { byId, context2d, paintPixels } from "../ui/dom.js";

/** Canvas pixels per image pixel: enough for thin lines between patches. */
const ZOOM = 8;
const GRID = "rgb(255 214 90 / 0.55)";
/** Padding is paper that the model adds: a little lighter than black, so that it can be told apart. */
const PADDING = "#2b2b33";

/** Finds the canvas; the function that it gives paints a look, or emptiness. */
export function mountSeen(): (look: Look | null) => void {
  const canvas = byId("seen", HTMLCanvasElement);
  const caption = byId("seen-caption", HTMLElement);
  const pixels = document.createElement("canvas");
  let shape = "";
  return (look) => {
    if (!look) {
      paintEmpty(canvas);
      canvas.setAttribute("aria-label", "Nothing yet: the model sees the drawing here");
      return;
    }
    paintPixels(pixels, look.image, look.side);
    paintLook(canvas, pixels, look);
    canvas.setAttribute("aria-label", `The drawing as the model sees it: ${look.side} by ${look.side} pixels`);
    const text = shapeInWords(look);
    if (text !== shape) caption.textContent = shape = text;
  };
}

function paintEmpty(canvas: HTMLCanvasElement): void {
  const context = context2d(canvas);
  context.fillStyle = "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
}

function paintLook(canvas: HTMLCanvasElement, pixels: HTMLCanvasElement, look: Look): void {
  const side = look.grid * look.patch * ZOOM;
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = context2d(canvas);
  context.fillStyle = PADDING;
  context.fillRect(0, 0, side, side);
  context.imageSmoothingEnabled = false;
  context.drawImage(pixels, look.padding * ZOOM, look.padding * ZOOM, look.side * ZOOM, look.side * ZOOM);
  context.fillStyle = GRID;
  for (let line = 1; line < look.grid; line++) {
    const place = line * look.patch * ZOOM - 1;
    context.fillRect(place, 0, 2, side);
    context.fillRect(0, place, side, 2);
  }
}

function shapeInWords({ side, grid, patch }: Look): string {
  return `Your drawing, cropped, centred and scaled to ${side}×${side} pixels, like the images the model was trained `
    + `on. The lines cut it into ${grid * grid} patches of ${patch}×${patch}.`;
}
