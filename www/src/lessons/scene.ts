/** A snapshot of the page for the lessons: plain data, so that steps can be tested without a page. */
import type { ActiveModel, Attention, ChosenSettings } from "../app.js";
import type { Cost, Prediction } from "../protocol/engine.js";
import type { Drawing, RunRecord } from "../protocol/messages.js";

/** The page at one moment. */
export interface Scene {
  drawing: Drawing | null;
  /** The prediction for the drawing. */
  prediction: Prediction | null;
  /** The model that made the prediction; the example of the first visit has a prediction before any model is loaded. */
  model: ActiveModel["source"] | null;
  /** The class names; empty if they are numbers. */
  names: readonly string[];
  attention: Attention | null;
  run: RunRecord | null;
  settings: ChosenSettings | null;
  /** The cost of these settings; null while it is unknown. */
  cost: Cost | null;
  /** The prediction whose patches the card last shuffled. */
  shuffledFrom: Prediction | null;
}

/** Whether there is a different drawing on the canvas than before; an empty canvas does not count. */
export function drawn(before: Scene, now: Scene): boolean {
  return now.drawing !== null && now.prediction !== null && signOf(now.drawing) !== signOf(before.drawing);
}

/** A key for a drawing: drawings with equal keys are considered the same. */
function signOf(drawing: Drawing | null): string {
  if (!drawing) return "";
  if (drawing.kind !== "strokes") return `${drawing.kind} ${checksum(drawing.pixels)}`;
  return drawing.strokes.map(({ points }) => `${points.length} ${points[0]} ${points.at(-1)}`).join(";");
}

function checksum(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, bytes.length);
}
