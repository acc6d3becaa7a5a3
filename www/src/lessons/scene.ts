/** What a lesson can see of the page at one moment: plain data, so that steps can be tested without a page. */
import type { ActiveModel, Attention, ChosenSettings } from "../app.js";
import type { Cost, Prediction } from "../protocol/engine.js";
import type { Drawing, RunRecord } from "../protocol/messages.js";

/** The page at one moment. */
export interface Scene {
  drawing: Drawing | null;
  /** The prediction for the drawing. */
  prediction: Prediction | null;
  /** Which model predicted it; the example of the first visit has its prediction before any model is there. */
  model: ActiveModel["source"] | null;
  /** Names of the classes; empty if they are numbers. */
  names: readonly string[];
  attention: Attention | null;
  run: RunRecord | null;
  settings: ChosenSettings | null;
  /** What these settings cost; null while that is not known. */
  cost: Cost | null;
  /** The prediction whose patches the card has shuffled last. */
  shuffledFrom: Prediction | null;
}

/** Whether another drawing is on the canvas than before; an empty canvas is none. */
export function drawn(before: Scene, now: Scene): boolean {
  return now.drawing !== null && now.prediction !== null && signOf(now.drawing) !== signOf(before.drawing);
}

/** Two drawings with the same sign are taken for the same. */
function signOf(drawing: Drawing | null): string {
  if (!drawing) return "";
  if (drawing.kind !== "strokes") return `${drawing.kind} ${checksum(drawing.pixels)}`;
  return drawing.strokes.map(({ points }) => `${points.length} ${points[0]} ${points.at(-1)}`).join(";");
}

function checksum(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, bytes.length);
}
