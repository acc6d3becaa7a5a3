/** The content of the canvas as the page keeps it, and the drawing that it becomes for the predictor. */
import type { Stroke } from "../protocol/engine.js";
import type { Drawing } from "../protocol/messages.js";

/** The content of the canvas. Immutable: the history keeps references to it. */
export type Content =
  /** Points in canvas units: 0 to 1, x to the right and y down. */
  | { kind: "strokes"; strokes: readonly Stroke[]; /** The example of the first visit. */ example?: true }
  /** A picture in grey: 0 is paper, 255 ink. */
  | { kind: "ink"; pixels: Uint8Array; width: number; height: number }
  /** An image as the model sees it. */
  | { kind: "image"; pixels: Uint8Array };

/** The empty canvas. */
export const EMPTY: Content = { kind: "strokes", strokes: [] };

/** Whether the canvas is empty. */
export function isEmpty(content: Content): boolean {
  return content.kind === "strokes" && content.strokes.length === 0;
}

/** Whether this is the example of the first visit. */
export function isExample(content: Content): boolean {
  return content.kind === "strokes" && content.example === true;
}

/** The content after adding a stroke: strokes accumulate, but replace an example or picture. */
export function withStroke(content: Content, stroke: Stroke): Content {
  const before = content.kind === "strokes" && !content.example ? content.strokes : [];
  return { kind: "strokes", strokes: [...before, stroke] };
}

/** The content as the predictor expects it; null if it is empty. */
export function toDrawing(content: Content, penWidth: number): Drawing | null {
  if (isEmpty(content)) return null;
  if (content.kind === "strokes") return { kind: "strokes", strokes: [...content.strokes], penWidth };
  return content;
}

/** A drawing from a link or an earlier visit as content; null if it is not valid. */
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

/** A value that claims to be a drawing. */
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
