/**
 * Where the image that the model sees lies on the canvas: the inverse of what the engine does to ink
 * (`crate/data/drawing.rs`). Strokes are fitted so that their box takes 20 pixels, pictures so that
 * what is not faint does; then whole pixels are shifted to centre the mass. The shift is not repeated
 * here but read off the finished image: fitted ink lies in the middle, so what is left is the shift.
 * That is right to a fraction of a pixel.
 */
import type { Prediction, Stroke } from "../protocol/engine.js";
import type { Drawing } from "../protocol/messages.js";

/** A square on the canvas, in units of the canvas: 0 to 1, but it may reach beyond it. */
export interface Frame {
  x: number;
  y: number;
  side: number;
}

/** A rectangle. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Pixels that the longer side of the ink takes in the image. */
const INK_BOX = 20;
/** Pixels of an image made of ink. */
const SIDE = 28;
/** Ink fainter than this part of the darkest does not count for a picture's box. */
const FAINT = 0.1;
/** The image is the whole canvas. */
const WHOLE: Frame = { x: 0, y: 0, side: 1 };

const frames = new WeakMap<Prediction, Frame>();
const boxes = new WeakMap<Uint8Array, Box>();

/** Where the image of a look lies on the canvas that it was drawn on. */
export function frameOf(prediction: Prediction): Frame {
  return frames.get(prediction) ?? WHOLE;
}

/**
 * Takes the measure of `drawing` as it is now: its last stroke may grow while the model looks. The function
 * that it gives notes where the image of its look lies on the canvas, for `frameOf`.
 */
export function measureFrame(drawing: Drawing): (prediction: Prediction) => void {
  const fitted = fit(drawing);
  return (prediction) => void frames.set(prediction, frameOnCanvas(fitted, prediction));
}

function fit(drawing: Drawing): Fitted | null {
  switch (drawing.kind) {
    case "strokes":
      return fitStrokes(drawing.strokes, drawing.penWidth);
    case "ink":
      return fitPicture(drawing);
    case "image":
      return null;
  }
}

function frameOnCanvas(fitted: Fitted | null, prediction: Prediction): Frame {
  if (prediction.side !== SIDE) return WHOLE;
  const middle = middleOfInk(prediction);
  if (!fitted || !middle) return WHOLE;
  const [shiftX, shiftY] = middle.map((place) => Math.round(place - SIDE / 2)) as [number, number];
  return {
    x: fitted.x - (SIDE / 2 + shiftX) / fitted.scale,
    y: fitted.y - (SIDE / 2 + shiftY) / fitted.scale,
    side: SIDE / fitted.scale,
  };
}

/** The middle of the ink on the canvas, and pixels of the image per canvas. */
interface Fitted {
  x: number;
  y: number;
  scale: number;
}

function fitStrokes(strokes: readonly Stroke[], penWidth: number): Fitted | null {
  const box = boxOfPoints(strokes);
  if (!box) return null;
  const longer = Math.max(box.width, box.height);
  const room = Math.max(0, INK_BOX - penWidth);
  // A dot has no extent: the engine draws it at its pen's width, as the canvas does.
  const scale = longer > 0 && room > 0 ? room / longer : SIDE;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, scale };
}

function boxOfPoints(strokes: readonly Stroke[]): Box | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { points } of strokes) {
    for (const [x, y] of points) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return left > right ? null : { x: left, y: top, width: right - left, height: bottom - top };
}

function fitPicture(picture: Extract<Drawing, { kind: "ink" }>): Fitted | null {
  const { pixels, width, height } = picture;
  const box = boxes.get(pixels) ?? boxOfInk(pixels, width);
  if (!box) return null;
  boxes.set(pixels, box);
  const place = placePicture(width, height);
  const perCanvas = place.width / width;
  return {
    x: place.x + (box.x + box.width / 2) * perCanvas,
    y: place.y + (box.y + box.height / 2) * perCanvas,
    scale: INK_BOX / (Math.max(box.width, box.height) * perCanvas),
  };
}

/** Where a picture is put on the canvas: as large as fits, in the middle. In units of the canvas. */
export function placePicture(width: number, height: number): Box {
  const longer = Math.max(width, height);
  const [wide, tall] = [width / longer, height / longer];
  return { x: (1 - wide) / 2, y: (1 - tall) / 2, width: wide, height: tall };
}

/** The middle of the box around the image's ink, in pixels. */
function middleOfInk(prediction: Prediction): [number, number] | null {
  const box = boxOfInk(prediction.image, prediction.side);
  return box && [box.x + box.width / 2, box.y + box.height / 2];
}

/** The box around what is not faint, in pixels. */
export function boxOfInk(pixels: Uint8Array, width: number): Box | null {
  let darkest = 0;
  for (const ink of pixels) darkest = Math.max(darkest, ink);
  if (darkest === 0) return null;
  const least = darkest * FAINT;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < pixels.length; i++) {
    if ((pixels[i] ?? 0) < least) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = y;
  }
  return { x: left, y: top, width: right + 1 - left, height: bottom + 1 - top };
}
