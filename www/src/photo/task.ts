/** Lets long work run in steps of a few milliseconds, so that the page stays responsive. */

/** Lets the browser handle pending tasks, then continues. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
