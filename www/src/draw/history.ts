/** Undo and redo: a sequence of contents and a position in it. */
import type { Content } from "./content.js";

/** How many steps can be undone. */
const DEPTH = 200;

/** The previous, current and undone contents of the canvas. */
export interface History {
  readonly past: readonly Content[];
  readonly present: Content;
  readonly future: readonly Content[];
}

/** A history with only a present. */
export function begin(present: Content): History {
  return { past: [], present, future: [] };
}

/** Puts new content on the canvas. */
export function push(history: History, present: Content): History {
  return { past: [...history.past, history.present].slice(-DEPTH), present, future: [] };
}

/** Puts other content in place of the present one. */
export function replace(history: History, present: Content): History {
  return { ...history, present, future: [] };
}

/** One step back; the same history if there is none. */
export function undo(history: History): History {
  const present = history.past.at(-1);
  if (present === undefined) return history;
  return { past: history.past.slice(0, -1), present, future: [history.present, ...history.future] };
}

/** One step forward; the same history if there is none. */
export function redo(history: History): History {
  const [present, ...future] = history.future;
  if (present === undefined) return history;
  return { past: [...history.past, history.present], present, future };
}
