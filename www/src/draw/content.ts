/** What is on the canvas, as the page keeps it, and the drawing that the predictor gets of it. */
import type { Stroke } from "../protocol/engine.js";
import type { Drawing } from "../protocol/messages.js";

/** Content of the canvas. Never changed in place: the history holds on to it. */
export type Content =
  /** Points in units of the canvas: 0 to 1, x to the right and y down. */
  | { kind: "strokes"; strokes: readonly Stroke[]; /** The example of the first visit. */ example?: true }
  /** A picture in grey: 0 paper, 255 ink. */
  | { kind: "ink"; pixels: Uint8Array; width: number; height: number }
  /** An image as the model sees it. */
  | { kind: "image"; pixels: Uint8Array };

/** Nothing. */
export const EMPTY: Content = { kind: "strokes", strokes: [] };

/** Whether there is nothing to look at. */
export function isEmpty(content: Content): boolean {
  return content.kind === "strokes" && content.strokes.length === 0;
}

/** Whether this is the example of the first visit. */
export function isExample(content: Content): boolean {
  return content.kind === "strokes" && content.example === true;
}

/** What the content becomes when a stroke is added: ink on top of ink, but in place of an example or picture. */
export function withStroke(content: Content, stroke: Stroke): Content {
  const before = content.kind === "strokes" && !content.example ? content.strokes : [];
  return { kind: "strokes", strokes: [...before, stroke] };
}

/** The content as the predictor wants it. */
export function toDrawing(content: Content, penWidth: number): Drawing | null {
  if (isEmpty(content)) return null;
  if (content.kind === "strokes") return { kind: "strokes", strokes: [...content.strokes], penWidth };
  return content;
}

/** A drawing of someone else's, or one kept earlier, as content; null where it is no drawing. */
export function fromDrawing(drawing: unknown): { content: Content; penWidth: number | null } | null {
  if (typeof drawing !== "object" || drawing === null || !("kind" in drawing)) return null;
  const it = drawing as Loose;
  if (it.kind === "strokes" && Array.isArray(it.strokes) && it.strokes.every(isStroke)) {
    const penWidth = typeof it.penWidth === "number" ? it.penWidth : null;
    return { content: { kind: "strokes", strokes: it.strokes }, penWidth };
  }
  const { pixels } = it;
  if (!(pixels instanceof Uint8Array) || pixels.length === 0) return null;
  if (it.kind === "image") return { content: { kind: "image", pixels }, penWidth: null };
  const [width, height] = [Number(it.width), Number(it.height)];
  if (it.kind !== "ink" || pixels.length !== width * height) return null;
  return { content: { kind: "ink", pixels, width, height }, penWidth: null };
}

/** Something that says that it is a drawing. */
interface Loose {
  kind: unknown;
  strokes?: unknown;
  penWidth?: unknown;
  pixels?: unknown;
  width?: unknown;
  height?: unknown;
}

function isStroke(stroke: unknown): stroke is Stroke {
  const it = stroke as Partial<Stroke> | null;
  return Array.isArray(it?.points) && Array.isArray(it.pressure);
}
