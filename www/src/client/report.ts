/** Faults that must not stop what goes on around them. */

/** Tells the browser of something thrown, as if nobody had caught it: consoles and tests hear of it. */
export function report(thrown: unknown): void {
  if (typeof reportError === "function") reportError(thrown);
  else console.error(thrown);
}

/** Tells each listener; one that throws is reported and does not keep the news from the others. */
export function tellAll<T>(listeners: Iterable<(value: T) => void>, value: T): void {
  // A copy: who starts to listen now hears of what comes next.
  for (const listener of [...listeners]) {
    try {
      listener(value);
    } catch (thrown) {
      report(thrown);
    }
  }
}
