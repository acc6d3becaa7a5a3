/** Whether a drawing falls into parts that stand side by side like two digits. */
import type { Stroke } from "../protocol/engine.js";

/** The least gap between two parts, as a share of the drawing's longer side. */
const GAP = 0.03;
/** The least height of a part, as a share of the drawing's. */
const TALL = 0.55;
/** A stroke that is smaller, as a share of the drawing's longer side, is a dot: dots above each other are no digit. */
const DOT = 0.1;

interface Part { left: number; right: number; top: number; bottom: number }

/** Whether the strokes form at least two parts beside each other, each about as high as the drawing. */
export function standApart(strokes: readonly Stroke[]): boolean {
  const boxes = strokes.filter(({ points }) => points.length > 0).map(box);
  const whole = boxes.reduce(around, { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity });
  const height = whole.bottom - whole.top;
  const longer = Math.max(height, whole.right - whole.left);
  const gap = GAP * longer;
  const parts: Part[] = [];
  const drawn = boxes.filter(({ left, right, top, bottom }) => Math.max(right - left, bottom - top) > DOT * longer);
  for (const one of drawn.sort((a, b) => a.left - b.left)) {
    const last = parts.at(-1);
    if (last && one.left < last.right + gap) parts[parts.length - 1] = around(last, one);
    else parts.push(one);
  }
  return parts.filter(({ top, bottom }) => bottom - top >= TALL * height).length > 1;
}

function box({ points }: Stroke): Part {
  const [columns, rows] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...columns), right: Math.max(...columns), top: Math.min(...rows), bottom: Math.max(...rows) };
}

function around(a: Part, b: Part): Part {
  return {
    left: Math.min(a.left, b.left), right: Math.max(a.right, b.right),
    top: Math.min(a.top, b.top), bottom: Math.max(a.bottom, b.bottom),
  };
}
