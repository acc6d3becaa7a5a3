/**
 * On the canvas, below the ink: the lines between patches, and a warm tint on patches with more than an equal share of
 * attention. While the pen is down, the paper is plain (`.inking` in draw.css).
 */
import { frameOf, type Frame } from "../draw/geometry.js";
import type { Prediction } from "../protocol/engine.js";
import { token, tokenBytes } from "../ui/colour.js";
import { byId, context2d } from "../ui/dom.js";
import { cornerOf, paddedSide, tintOf, type AttentionMap, type QueryToken } from "./maps.js";
import { frameReader } from "./picture.js";

/** The tint consists of soft squares: more canvas pixels per CSS pixel than this take time and show no difference. */
const MOST_DENSE = 2;
/** Patches per side before the first prediction. */
const FIRST_GRID = 7;
/** The image is the whole canvas. */
const WHOLE: Frame = { x: 0, y: 0, side: 1 };

/** The overlay, for its owner. */
export interface Overlay {
  show(prediction: Prediction, map: AttentionMap, reader: QueryToken, opacity: number): void;
  /** The canvas is empty: only the lines, over the whole paper. */
  empty(): void;
  clear(): void;
}

/** Takes the overlay's canvases; `resized` is called when the overlay must be repainted. */
export function createOverlay(resized: () => void): Overlay {
  const canvas = byId("overlay", HTMLCanvasElement);
  let grid = FIRST_GRID;
  new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * Math.min(MOST_DENSE, devicePixelRatio));
    if (side === 0 || side === canvas.width) return;
    canvas.width = canvas.height = side;
    resized();
  }).observe(canvas);
  const clear = (): void => context2d(canvas).clearRect(0, 0, canvas.width, canvas.height);
  return {
    clear,
    empty() {
      clear();
      paintLines(context2d(canvas), onCanvas(WHOLE, canvas.width), grid);
    },
    show(prediction, map, reader, opacity) {
      clear();
      grid = prediction.grid;
      const context = context2d(canvas);
      const frame = onCanvas(patchFrame(prediction), canvas.width);
      paintTint(context, prediction, map, frame, opacity);
      paintLines(context, frame, grid);
      if (reader.kind === "patch") frameReader(context, prediction, reader.patch, frame.x, frame.y, frame.side);
    },
  };
}

/** Where the patches lie on the canvas, as shares of it: the image with its padding. */
export function patchFrame(prediction: Prediction): Frame {
  const { x, y, side } = frameOf(prediction);
  const pixel = side / prediction.side;
  return { x: x - prediction.padding * pixel, y: y - prediction.padding * pixel, side: paddedSide(prediction) * pixel };
}

function onCanvas({ x, y, side }: Frame, width: number): Frame {
  return { x: x * width, y: y * width, side: side * width };
}

function paintTint(
  context: CanvasRenderingContext2D, prediction: Prediction, map: AttentionMap, frame: Frame, opacity: number,
): void {
  const pixel = frame.side / paddedSide(prediction);
  const colour = tokenBytes("tint").join(" ");
  // Whole pixels, edge to edge: otherwise seams would show.
  const edge = (start: number, at: number): number => Math.round(start + at * pixel);
  map.shares.forEach((share, patch) => {
    const tint = tintOf(share, map.largest, map.shares.length);
    if (tint === 0) return;
    const { x, y } = cornerOf(prediction, patch);
    const [left, top] = [edge(frame.x, x), edge(frame.y, y)];
    context.fillStyle = `rgb(${colour} / ${(opacity * Math.sqrt(tint)).toFixed(3)})`;
    context.fillRect(left, top, edge(frame.x, x + prediction.patch) - left, edge(frame.y, y + prediction.patch) - top);
  });
}

function paintLines(context: CanvasRenderingContext2D, { x, y, side }: Frame, grid: number): void {
  const thick = Math.max(1, Math.round(Math.min(MOST_DENSE, devicePixelRatio) / 2));
  context.fillStyle = token("lattice");
  for (let line = 0; line <= grid; line++) {
    const along = (line * side) / grid;
    context.fillRect(Math.round(x + along), y, thick, side);
    context.fillRect(x, Math.round(y + along), side, thick);
  }
}
