/**
 * Where the image that the model sees lies on the canvas: the inverse of the engine's transformation of ink
 * (`crate/data/drawing.rs`). The bounding box of strokes, or of a picture's non-faint pixels, is scaled to 20 pixels;
 * then the image is shifted by whole pixels to centre its mass. The shift is not recomputed here but read off the
 * finished image: scaled ink is centred, so any offset is the shift. The result is exact to a fraction of a pixel.
 */
import type { Prediction, Stroke } from "../protocol/engine.js";
import type { Drawing } from "../protocol/messages.js";

/** A square in canvas units (0 to 1), which may extend beyond the canvas. */
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

/** The longer side of the ink in the image, in pixels. */
const INK_BOX = 20;
/** The side of an image made from ink, in pixels. */
const SIDE = 28;
/** Ink fainter than this share of the darkest does not count for a picture's bounding box. */
const FAINT = 0.1;
/** The image is the whole canvas. */
const WHOLE: Frame = { x: 0, y: 0, side: 1 };

const frames = new WeakMap<Prediction, Frame>();
const boxes = new WeakMap<Uint8Array, Box>();

/** Where the image of a prediction lies on the canvas that it was drawn on. */
export function frameOf(prediction: Prediction): Frame {
  return frames.get(prediction) ?? WHOLE;
}

/**
 * Measures `drawing` as it is now: its last stroke may grow while the model is computing. The returned function records
 * where the image of its prediction lies on the canvas, for `frameOf`.
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

/** The centre of the ink on the canvas, and the number of image pixels per canvas side. */
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
  // A dot has no extent: the engine draws it at the width of its pen, as the canvas does.
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

/** Where a picture is placed on the canvas: centred, and as large as fits. In canvas units. */
export function placePicture(width: number, height: number): Box {
  const longer = Math.max(width, height);
  const [wide, tall] = [width / longer, height / longer];
  return { x: (1 - wide) / 2, y: (1 - tall) / 2, width: wide, height: tall };
}

/** The centre of the bounding box of the image's ink, in pixels. */
function middleOfInk(prediction: Prediction): [number, number] | null {
  const box = boxOfInk(prediction.image, prediction.side);
  return box && [box.x + box.width / 2, box.y + box.height / 2];
}

/** The bounding box of all pixels that are not faint, in pixels. */
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
