/** Work in steps of a few milliseconds each, so that the page stays smooth. */

/** Lets the browser do what waits, then goes on. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
