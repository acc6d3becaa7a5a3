/** Reports errors that must not stop the surrounding code. */

/** Reports something thrown as if uncaught, so that console and tests notice it. */
export function report(thrown: unknown): void {
  if (typeof reportError === "function") reportError(thrown);
  else console.error(thrown);
}

/** Calls each listener; one that throws is reported and does not stop the others. */
export function tellAll<T>(listeners: Iterable<(value: T) => void>, value: T): void {
  // A copy, so that listeners added meanwhile get only later values.
  for (const listener of [...listeners]) {
    try {
      listener(value);
    } catch (thrown) {
      report(thrown);
    }
  }
}
