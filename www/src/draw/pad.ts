/** The drawing pad: what is on it, how it changes, and who is told. No page in here. */
import type { Stroke } from "../protocol/engine.js";
import type { Drawing } from "../protocol/messages.js";
import { EMPTY, isEmpty, isExample, toDrawing, withStroke, type Content } from "./content.js";
import { begin, push, redo, undo, type History } from "./history.js";
import { NORMAL_PEN } from "./pen-width.js";

/** The pad as others see it. */
export interface Pad {
  /** What is on the canvas, without the stroke that is being drawn. */
  content(): Content;
  /** The stroke that is being drawn. */
  live(): Stroke | null;
  penWidth(): number;
  setPenWidth(width: number): void;
  /** All that is drawn, the stroke that is being drawn too. */
  drawing(): Drawing | null;
  canUndo(): boolean;
  canRedo(): boolean;
  /** Puts down the pen. */
  startStroke(withPressure: boolean): void;
  /** Moves the pen that is down. */
  addPoint(x: number, y: number, pressure: number): void;
  /** Lifts the pen. */
  endStroke(): void;
  /** Takes back the stroke that is being drawn, as if it had never begun. */
  dropStroke(): void;
  undo(): void;
  redo(): void;
  clear(): void;
  /** Shows something else; undo brings back what was there. */
  show(content: Content): void;
  /** Shows something as if it had always been there. */
  begin(content: Content): void;
  /** Whether a person changed anything yet. */
  touched(): boolean;
}

/** What changed: a few points of the stroke in progress, or anything. */
export type Change = "live" | "all";

/** Points nearer to each other than this part of the canvas say nothing new. */
const NEAREST = 0.0015;

/** Creates a pad; `changed` is called at once after each change. */
export function createPad(changed: (change: Change) => void): Pad {
  let history: History = begin(EMPTY);
  let live: Stroke | null = null;
  let pressed = false;
  let penWidth = NORMAL_PEN;
  let touched = false;

  const set = (next: History): void => {
    live = null;
    touched = true;
    if (next === history) return;
    history = next;
    changed("all");
  };

  const drop = (): void => {
    if (!live) return;
    live = null;
    changed("all");
  };

  const now = (): Content => (live && live.points.length > 0 ? withStroke(history.present, live) : history.present);

  return {
    content: () => (live ? strokesOnly(history.present) : history.present),
    live: () => live,
    penWidth: () => penWidth,
    setPenWidth(width) {
      penWidth = width;
      changed("all");
    },
    drawing: () => toDrawing(now(), penWidth),
    canUndo: () => history.past.length > 0 && !live,
    canRedo: () => history.future.length > 0 && !live,
    startStroke(withPressure) {
      live = { points: [], pressure: [] };
      pressed = withPressure;
      touched = true;
      changed("all");
    },
    addPoint(x, y, pressure) {
      if (!live || !moved(live, x, y)) return;
      live.points.push([x, y]);
      if (pressed) live.pressure.push(pressure);
      changed("live");
    },
    endStroke() {
      if (live && live.points.length > 0) set(push(history, withStroke(history.present, live)));
      else drop();
    },
    dropStroke: drop,
    undo: () => set(undo(history)),
    redo: () => set(redo(history)),
    clear: () => set(isEmpty(history.present) ? history : push(history, EMPTY)),
    show: (content) => set(push(history, content)),
    begin(content) {
      history = begin(content);
      live = null;
      changed("all");
    },
    touched: () => touched,
  };
}

/** What stays under a new stroke: ink does, an example or picture goes. */
function strokesOnly(content: Content): Content {
  return content.kind === "strokes" && !isExample(content) ? content : EMPTY;
}

function moved(stroke: Stroke, x: number, y: number): boolean {
  const last = stroke.points.at(-1);
  return last === undefined || Math.hypot(x - last[0], y - last[1]) >= NEAREST;
}
