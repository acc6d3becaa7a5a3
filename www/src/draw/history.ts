/** Undo and redo: a line of contents with a place in it. */
import type { Content } from "./content.js";

/** How many steps can be undone. */
const DEPTH = 200;

/** What was, is and would be again on the canvas. */
export interface History {
  readonly past: readonly Content[];
  readonly present: Content;
  readonly future: readonly Content[];
}

/** A history without past. */
export function begin(present: Content): History {
  return { past: [], present, future: [] };
}

/** Puts something else on the canvas. */
export function push(history: History, present: Content): History {
  return { past: [...history.past, history.present].slice(-DEPTH), present, future: [] };
}

/** One step back; the same history where there is none. */
export function undo(history: History): History {
  const present = history.past.at(-1);
  if (present === undefined) return history;
  return { past: history.past.slice(0, -1), present, future: [history.present, ...history.future] };
}

/** One step forward again; the same history where there is none. */
export function redo(history: History): History {
  const [present, ...future] = history.future;
  if (present === undefined) return history;
  return { past: [...history.past, history.present], present, future };
}
