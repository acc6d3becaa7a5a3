/** The large picture of the chosen map, and the legend of its colours. */
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { byId, context2d, el } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import { onColoursChange, token } from "../ui/colour.js";
import { heatColours, paintHeat } from "./heat.js";
import { placeOf, type AttentionMap, type QueryToken } from "./maps.js";

/** More canvas pixels per CSS pixel than this make no visible difference. */
const MOST_DENSE = 2;

/** The picture, for its owner. */
export interface Picture {
  canvas: HTMLCanvasElement;
  show(prediction: Prediction, map: AttentionMap, reader: QueryToken): void;
  clear(): void;
}

/** Takes the static canvas and legend of the page. */
export function createPicture(): Picture {
  const canvas = byId("see-picture", HTMLCanvasElement);
  const high = byId("see-high", HTMLElement);
  const even = byId("see-even", HTMLElement);
  const heat = el("canvas");
  const scale = byId("see-scale", HTMLCanvasElement);
  paintScale(scale);
  onColoursChange(() => paintScale(scale));
  let repaint: (() => void) | null = null;
  const paint = (prediction: Prediction, map: AttentionMap, reader: QueryToken): void => {
    const context = context2d(canvas);
    context.imageSmoothingEnabled = false;
    paintHeat(heat, prediction, map);
    context.drawImage(heat, 0, 0, canvas.width, canvas.height);
    drawGrid(context, prediction);
    if (reader.kind === "patch") frameReader(context, prediction, reader.patch, 0, 0, canvas.width);
  };
  // Exactly as many pixels as the screen shows: scaling by the browser may lose the lines between patches.
  new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * Math.min(MOST_DENSE, devicePixelRatio));
    if (side === 0 || side === canvas.width) return;
    canvas.width = canvas.height = side;
    repaint?.();
  }).observe(canvas);
  return {
    canvas,
    show(prediction, map, reader) {
      repaint = () => paint(prediction, map, reader);
      repaint();
      high.textContent = percent(map.largest);
      placeEven(even, 1 / map.shares.length / map.largest);
    },
    clear() {
      repaint = null;
      context2d(canvas).clearRect(0, 0, canvas.width, canvas.height);
      high.textContent = t("largest");
      even.hidden = true;
    },
  };
}

/** Paints the colour scale: on ink above, on paper below. */
function paintScale(canvas: HTMLCanvasElement): void {
  const image = new ImageData(256, 2);
  const { ink, paper } = heatColours();
  for (let value = 0; value < 256; value++) {
    for (const [row, colours] of [ink, paper].entries()) {
      image.data.set(colours.subarray(3 * value, 3 * value + 3), 4 * (256 * row + value));
      image.data[4 * (256 * row + value) + 3] = 255;
    }
  }
  context2d(canvas).putImageData(image, 0, 0);
}

/** Marks the equal share of all patches on the scale. */
function placeEven(mark: HTMLElement, place: number): void {
  mark.hidden = !(place <= 1);
  mark.style.left = `${100 * Math.min(1, place)}%`;
}

function drawGrid(context: CanvasRenderingContext2D, prediction: Prediction): void {
  const { width } = context.canvas;
  const thick = Math.max(1, Math.round(Math.min(MOST_DENSE, devicePixelRatio)));
  context.fillStyle = token("lattice");
  for (let line = 1; line < prediction.grid; line++) {
    // Whole pixels: a blurred one-pixel line would hardly be visible.
    const place = Math.round((line * width) / prediction.grid);
    context.fillRect(place, 0, thick, width);
    context.fillRect(0, place, width, thick);
  }
}

/** Outlines a patch so that it stands out from any colour; all patches fill a square at (x, y). */
export function frameReader(
  context: CanvasRenderingContext2D, prediction: Prediction, patch: number, x: number, y: number, side: number,
): void {
  const size = side / prediction.grid;
  const place = placeOf(patch, prediction.grid);
  for (const [colour, line] of [["#000", 0.14], ["#fff", 0.07]] as const) {
    context.strokeStyle = colour;
    context.lineWidth = size * line;
    context.strokeRect(x + (place.column - 1) * size, y + (place.row - 1) * size, size, size);
  }
}
