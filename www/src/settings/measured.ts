/** The kept runs, from which the speed to expect is known. */
import type { App } from "../app.js";
import type { RunRecord } from "../protocol/messages.js";

/** Calls with the kept runs, now and whenever they change. */
export function watchRuns(app: App, changed: (runs: RunRecord[]) => void): void {
  // Without kept runs nothing was measured: the guess stays.
  const load = (): void => void app.store.runs().then(changed, () => undefined);
  app.on("runs", load, false);
  load();
}
