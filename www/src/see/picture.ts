/** The large picture of the chosen map, and the legend of its colours. */
import type { Look } from "../protocol/engine.js";
import { byId, context2d, el } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import { INK_COLOURS, PAPER_COLOURS, paintHeat } from "./heat.js";
import { placeOf, type AttentionMap, type Reader } from "./maps.js";

/** More canvas pixels per CSS pixel than this show nothing more. */
const MOST_DENSE = 2;

/** The picture as its owner uses it. */
export interface Picture {
  canvas: HTMLCanvasElement;
  show(look: Look, map: AttentionMap, reader: Reader): void;
  clear(): void;
}

/** Takes the static canvas and legend of the page. */
export function createPicture(): Picture {
  const canvas = byId("see-picture", HTMLCanvasElement);
  const high = byId("see-high", HTMLElement);
  const even = byId("see-even", HTMLElement);
  const heat = el("canvas");
  paintScale(byId("see-scale", HTMLCanvasElement));
  let repaint: (() => void) | null = null;
  const paint = (look: Look, map: AttentionMap, reader: Reader): void => {
    const context = context2d(canvas);
    context.imageSmoothingEnabled = false;
    paintHeat(heat, look, map);
    context.drawImage(heat, 0, 0, canvas.width, canvas.height);
    drawGrid(context, look);
    if (reader.kind === "patch") frameReader(context, look, reader.patch, 0, 0, canvas.width);
  };
  // As many pixels as the screen shows: a browser that makes it smaller may lose the lines between patches.
  new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * Math.min(MOST_DENSE, devicePixelRatio));
    if (side === 0 || side === canvas.width) return;
    canvas.width = canvas.height = side;
    repaint?.();
  }).observe(canvas);
  return {
    canvas,
    show(look, map, reader) {
      repaint = () => paint(look, map, reader);
      repaint();
      high.textContent = percent(map.largest);
      placeEven(even, 1 / map.shares.length / map.largest);
    },
    clear() {
      repaint = null;
      context2d(canvas).clearRect(0, 0, canvas.width, canvas.height);
      high.textContent = "largest";
      even.hidden = true;
    },
  };
}

/** All colours of the scale: on ink above, on paper below. */
function paintScale(canvas: HTMLCanvasElement): void {
  const image = new ImageData(256, 2);
  for (let value = 0; value < 256; value++) {
    for (const [row, colours] of [INK_COLOURS, PAPER_COLOURS].entries()) {
      image.data.set(colours.subarray(3 * value, 3 * value + 3), 4 * (256 * row + value));
      image.data[4 * (256 * row + value) + 3] = 255;
    }
  }
  context2d(canvas).putImageData(image, 0, 0);
}

/** Marks on the scale what each patch would get if all got the same. */
function placeEven(mark: HTMLElement, place: number): void {
  mark.hidden = !(place <= 1);
  mark.style.left = `${100 * Math.min(1, place)}%`;
}

function drawGrid(context: CanvasRenderingContext2D, look: Look): void {
  const { width } = context.canvas;
  const thick = Math.max(1, Math.round(Math.min(MOST_DENSE, devicePixelRatio)));
  context.fillStyle = "rgb(255 255 255 / 0.28)";
  for (let line = 1; line < look.grid; line++) {
    // Whole pixels: a blurred line of one would hardly show.
    const place = Math.round((line * width) / look.grid);
    context.fillRect(place, 0, thick, width);
    context.fillRect(0, place, width, thick);
  }
}

/** Frames a patch so that it shows on any colour; all patches fill a square at (x, y). */
export function frameReader(
  context: CanvasRenderingContext2D, look: Look, patch: number, x: number, y: number, side: number,
): void {
  const size = side / look.grid;
  const place = placeOf(patch, look.grid);
  for (const [colour, line] of [["#000", 0.14], ["#fff", 0.07]] as const) {
    context.strokeStyle = colour;
    context.lineWidth = size * line;
    context.strokeRect(x + (place.column - 1) * size, y + (place.row - 1) * size, size, size);
  }
}
