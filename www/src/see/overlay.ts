/** Attention over the ink on the stage: heat lies on the paper, the ink and a rim around it stay free. */
import { frameOf, type Frame } from "../draw/geometry.js";
import type { Prediction } from "../protocol/engine.js";
import { colourOf } from "../ui/colour.js";
import { byId, context2d } from "../ui/dom.js";
import { onScale } from "./heat.js";
import { cornerOf, paddedSide, type AttentionMap, type QueryToken } from "./maps.js";
import { frameReader } from "./picture.js";

/** Heat has soft squares: more canvas pixels per CSS pixel than this cost time and show nothing. */
const MOST_DENSE = 2;
/** Width of the rim around the ink, in CSS pixels. */
const RIM = 2.5;
/** Directions in which the ink is moved to make its rim. */
const AROUND = 12;

/** The overlay as its owner uses it. */
export interface Overlay {
  show(prediction: Prediction, map: AttentionMap, reader: QueryToken, opacity: number): void;
  clear(): void;
}

/** Takes the stage's canvases; `resized` is called when the overlay must be painted again. */
export function createOverlay(resized: () => void): Overlay {
  const canvas = byId("overlay", HTMLCanvasElement);
  const ink = byId("ink", HTMLCanvasElement);
  new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * Math.min(MOST_DENSE, devicePixelRatio));
    if (side === 0 || side === canvas.width) return;
    canvas.width = canvas.height = side;
    resized();
  }).observe(canvas);
  const clear = (): void => context2d(canvas).clearRect(0, 0, canvas.width, canvas.height);
  return {
    clear,
    show(prediction, map, reader, opacity) {
      clear();
      const context = context2d(canvas);
      const frame = onCanvas(patchFrame(prediction), canvas.width);
      context.globalAlpha = opacity;
      paintPatches(context, prediction, map, frame);
      context.globalAlpha = 1;
      freeInk(context, ink, canvas.clientWidth);
      if (reader.kind === "patch") frameReader(context, prediction, reader.patch, frame.x, frame.y, frame.side);
    },
  };
}

/** Where all patches lie on the stage, in shares of it: the image with the paper added around it. */
export function patchFrame(prediction: Prediction): Frame {
  const { x, y, side } = frameOf(prediction);
  const pixel = side / prediction.side;
  return { x: x - prediction.padding * pixel, y: y - prediction.padding * pixel, side: paddedSide(prediction) * pixel };
}

function onCanvas({ x, y, side }: Frame, width: number): Frame {
  return { x: x * width, y: y * width, side: side * width };
}

function paintPatches(context: CanvasRenderingContext2D, prediction: Prediction, map: AttentionMap, frame: Frame): void {
  const pixel = frame.side / paddedSide(prediction);
  // Whole pixels, edge to edge: else seams would show.
  const edge = (start: number, at: number): number => Math.round(start + at * pixel);
  for (let patch = 0; patch < map.shares.length; patch++) {
    const { x, y } = cornerOf(prediction, patch);
    const [left, top] = [edge(frame.x, x), edge(frame.y, y)];
    context.fillStyle = colourOf(onScale(map, patch));
    context.fillRect(left, top, edge(frame.x, x + prediction.patch) - left, edge(frame.y, y + prediction.patch) - top);
  }
}

/** Cuts the ink out of the heat, with a rim that keeps it readable on any colour. */
function freeInk(context: CanvasRenderingContext2D, ink: HTMLCanvasElement, cssWidth: number): void {
  const side = context.canvas.width;
  if (ink.width === 0 || cssWidth === 0) return;
  const rim = (RIM * side) / cssWidth;
  context.globalCompositeOperation = "destination-out";
  // Whole pixels, one on one: without a graphics card, blending between pixels takes many times as long.
  context.imageSmoothingEnabled = ink.width !== side;
  for (let i = 0; i < AROUND; i++) {
    const angle = (2 * Math.PI * i) / AROUND;
    context.drawImage(ink, Math.round(rim * Math.cos(angle)), Math.round(rim * Math.sin(angle)), side, side);
  }
  context.globalCompositeOperation = "source-over";
}
