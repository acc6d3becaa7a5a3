/** Announcements for screen readers, and helpers that limit how often a function is called. */
import { byId } from "./dom.js";

/** Speech takes time: a text within this pause replaces the waiting one. */
const PAUSE = 1000;

let waiting: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Announces `text` politely; of several within a second only the last is spoken. */
export function announce(text: string): void {
  waiting = text;
  if (timer === undefined) speak();
}

function speak(): void {
  timer = undefined;
  if (waiting === null) return;
  const region = byId("announce", HTMLElement);
  // The same words again would not be a change: a no-break space makes them one.
  region.textContent = region.textContent === waiting ? `${waiting}\u00a0` : waiting;
  waiting = null;
  timer = setTimeout(speak, PAUSE);
}

/** Calls `run` at most once in `milliseconds`: immediately, then with the latest value at the end of the pause. */
export function throttle<T extends unknown[]>(
  run: (...values: T) => void,
  milliseconds: number,
): (...values: T) => void {
  let latest: T | null = null;
  let pausing = false;
  const next = (): void => {
    pausing = latest !== null;
    if (latest === null) return;
    const values = latest;
    latest = null;
    setTimeout(next, milliseconds);
    run(...values);
  };
  return (...values) => {
    latest = values;
    if (!pausing) next();
  };
}

/** Calls `run` once after `milliseconds` without another request. */
export function debounce<T extends unknown[]>(
  run: (...values: T) => void,
  milliseconds: number,
): (...values: T) => void {
  let pending: ReturnType<typeof setTimeout> | undefined;
  return (...values) => {
    clearTimeout(pending);
    pending = setTimeout(run, milliseconds, ...values);
  };
}

/** Calls `run` once in the next frame, however often it is requested. */
export function oncePerFrame(run: () => void): () => void {
  return onceAt(requestAnimationFrame, run);
}

/** Calls `run` once after the current task, however often it is requested. */
export function oncePerTask(run: () => void): () => void {
  return onceAt(queueMicrotask, run);
}

/** Calls `run` when the browser has nothing else to do, or after two seconds. */
export function whenIdle(run: () => void): void {
  // WebKit has no such call.
  if ("requestIdleCallback" in globalThis) requestIdleCallback(run, { timeout: 2000 });
  else setTimeout(run, 500);
}

function onceAt(later: (call: () => void) => void, run: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    later(() => {
      asked = false;
      run();
    });
  };
}
