/** Paints the pad's content on its canvas, sharp on any screen and in the page's colours. */
import type { Stroke } from "../protocol/engine.js";
import { onColoursChange, token } from "../ui/colour.js";
import { context2d } from "../ui/dom.js";
import type { Content } from "./content.js";
import { IMAGE_SIDE, widthUnder } from "./pen-width.js";
import { placePicture } from "./geometry.js";

/** What to paint. */
export interface Scene {
  content: Content;
  live: Stroke | null;
  penWidth: number;
}

/** A canvas that shows a scene. */
export interface Surface {
  /** Paints now. `baseChanged`: more than the stroke in progress has changed. */
  paint(baseChanged: boolean): void;
}

/** More canvas pixels per CSS pixel than this make no visible difference. */
const MOST_DENSE = 3;

/** Paints `scene()` on `canvas`, and repaints when its size or the page's colours change. */
export function createSurface(canvas: HTMLCanvasElement, scene: () => Scene): Surface {
  const base = document.createElement("canvas");
  const paint = (baseChanged: boolean): void => {
    const { content, live, penWidth } = scene();
    const ink = token("ink");
    if (baseChanged) paintContent(fresh(base, canvas.width), content, penWidth, ink);
    const context = fresh(canvas, canvas.width);
    context.drawImage(base, 0, 0);
    if (live) paintStroke(context, live, penWidth, ink, canvas.width);
  };
  new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * Math.min(MOST_DENSE, devicePixelRatio));
    if (side === 0 || side === canvas.width) return;
    canvas.width = canvas.height = side;
    paint(true);
  }).observe(canvas);
  onColoursChange(() => paint(true));
  return { paint };
}

/** The cleared context of a canvas of `side` pixels. */
function fresh(canvas: HTMLCanvasElement, side: number): CanvasRenderingContext2D {
  const context = context2d(canvas);
  if (canvas.width === side && canvas.height === side) context.clearRect(0, 0, side, side);
  else canvas.width = canvas.height = side;
  return context;
}

function paintContent(context: CanvasRenderingContext2D, content: Content, penWidth: number, ink: string): void {
  const side = context.canvas.width;
  if (content.kind === "strokes") {
    for (const stroke of content.strokes) paintStroke(context, stroke, penWidth, ink, side);
    return;
  }
  const [width, height] = sizeOf(content);
  const stamp = inkStamp(content.pixels, width, height, ink);
  const box = placePicture(width, height);
  context.imageSmoothingEnabled = content.kind === "ink";
  context.drawImage(stamp, box.x * side, box.y * side, box.width * side, box.height * side);
}

function sizeOf(content: Exclude<Content, { kind: "strokes" }>): [number, number] {
  if (content.kind === "ink") return [content.width, content.height];
  const side = Math.round(Math.sqrt(content.pixels.length));
  return [side, side];
}

/** Grey pixels as ink in the page's colour, with varying opacity. */
function inkStamp(pixels: Uint8Array, width: number, height: number, ink: string): HTMLCanvasElement {
  const stamp = document.createElement("canvas");
  stamp.width = width;
  stamp.height = height;
  const context = context2d(stamp);
  const image = new ImageData(width, height);
  for (let i = 0; i < pixels.length; i++) image.data[4 * i + 3] = pixels[i] ?? 0;
  context.putImageData(image, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = ink;
  context.fillRect(0, 0, width, height);
  return stamp;
}

/** Paints a stroke as a smooth curve: through the midpoints of its segments, with its points as control points. */
function paintStroke(
  context: CanvasRenderingContext2D,
  stroke: Stroke,
  penWidth: number,
  ink: string,
  side: number,
): void {
  context.strokeStyle = context.fillStyle = ink;
  context.lineCap = context.lineJoin = "round";
  const width = (penWidth / IMAGE_SIDE) * side;
  const points = stroke.points.map(([x, y]) => [x * side, y * side] as const);
  const [first] = points;
  if (first === undefined) return;
  if (points.length === 1) {
    context.beginPath();
    context.arc(first[0], first[1], (width * widthUnder(stroke.pressure[0] ?? 0.5)) / 2, 0, 2 * Math.PI);
    context.fill();
  } else if (stroke.pressure.length === 0) {
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(first[0], first[1]);
    curve(points, (bend, to) => context.quadraticCurveTo(bend[0], bend[1], to[0], to[1]));
    context.stroke();
  } else {
    paintPressed(context, points, stroke.pressure, width);
  }
}

/** A stroke whose width follows the pressure: each segment of the curve has its own width. */
function paintPressed(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
  pressure: readonly number[],
  width: number,
): void {
  let from = points[0] ?? [0, 0];
  curve(points, (bend, to, index) => {
    context.lineWidth = width * widthUnder(pressure[index] ?? 0.5);
    context.beginPath();
    context.moveTo(from[0], from[1]);
    context.quadraticCurveTo(bend[0], bend[1], to[0], to[1]);
    context.stroke();
    from = to;
  });
}

type Point = readonly [number, number];

/** The segments of the curve through `points`: control point, end point, and the index of the point. */
function curve(points: readonly Point[], piece: (bend: Point, to: Point, index: number) => void): void {
  for (let i = 1; i < points.length; i++) {
    const bend = points[i - 1];
    const next = points[i];
    if (!bend || !next) continue;
    piece(bend, [(bend[0] + next[0]) / 2, (bend[1] + next[1]) / 2], i - 1);
    if (i === points.length - 1) piece(next, next, i);
  }
}
