/** Only one tab may train a run. */
import { failure, problem } from "../../client/errors.js";
import { lockOf } from "../../client/tabs.js";

/** A worker that just ended may still hold the lock for a moment. */
const PATIENCE = 2000;

/** Takes the lock of a run; returns the function that releases it. The browser releases it with the worker. */
export async function lockRun(id: string): Promise<() => void> {
  // Only secure contexts have locks.
  if (navigator.locks === undefined) return () => undefined;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE);
    const held = navigator.locks.request(lockOf(id), { signal }, () => {
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(() => {
      reject(failure(problem("device", "This run is in training in another tab", "Pause it there and close that tab")));
    });
  });
}
