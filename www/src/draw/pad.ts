/** The drawing pad: its content, how it changes, and who is notified. Independent of the page. */
import type { Stroke } from "../protocol/engine.js";
import type { Drawing } from "../protocol/messages.js";
import { EMPTY, isEmpty, isExample, toDrawing, withStroke, type Content } from "./content.js";
import { begin, push, redo, replace, undo, type History } from "./history.js";
import { NORMAL_PEN } from "./pen-width.js";

/** The drawing pad. */
export interface Pad {
  /** The content of the canvas without the stroke in progress. */
  content(): Content;
  /** The stroke in progress. */
  live(): Stroke | null;
  penWidth(): number;
  setPenWidth(width: number): void;
  /** Everything drawn, including the stroke in progress. */
  drawing(): Drawing | null;
  canUndo(): boolean;
  canRedo(): boolean;
  /** Puts the pen down. */
  startStroke(withPressure: boolean): void;
  /** Moves the pen while it is down. */
  addPoint(x: number, y: number, pressure: number): void;
  /** Lifts the pen. */
  endStroke(): void;
  /** Discards the stroke in progress, as if it had never begun. */
  dropStroke(): void;
  undo(): void;
  redo(): void;
  clear(): void;
  /** Shows other content; undo brings the previous content back. */
  show(content: Content): void;
  /** Shows other content in place of the present one: still one step to undo. */
  replace(content: Content): void;
  /** Shows content as if it had always been there, without an undo step. */
  begin(content: Content): void;
  /** Whether the user has changed anything yet. */
  touched(): boolean;
}

/** What changed: only the stroke in progress, or anything. */
export type Change = "live" | "all";

/** Points closer to each other than this share of the canvas are dropped. */
const NEAREST = 0.0015;

/** Creates a pad; `changed` is called immediately after each change. */
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
    replace: (content) => set(replace(history, content)),
    begin(content) {
      history = begin(content);
      live = null;
      changed("all");
    },
    touched: () => touched,
  };
}

/** What stays under a new stroke: strokes do, an example or picture does not. */
function strokesOnly(content: Content): Content {
  return content.kind === "strokes" && !isExample(content) ? content : EMPTY;
}

function moved(stroke: Stroke, x: number, y: number): boolean {
  const last = stroke.points.at(-1);
  return last === undefined || Math.hypot(x - last[0], y - last[1]) >= NEAREST;
}
