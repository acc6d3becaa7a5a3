/** The speeds that kept runs had, from which the speed to expect is known. */
import type { App } from "../app.js";
import type { DeviceReport, RunRecord } from "../protocol/messages.js";

/** The speed of a run. */
export interface Measured {
  device: DeviceReport;
  batch: number;
  /** Multiply-adds of an image in a training step. */
  work: number;
  perSecond: number;
}

/** Calls with what was measured, the newest run first, now and whenever the runs change. */
export function watchRuns(app: App, changed: (runs: Measured[]) => void): void {
  const measured = async (run: RunRecord): Promise<Measured[]> => {
    const perSecond = run.history.at(-1)?.images_per_second ?? 0;
    if (!(perSecond > 0)) return [];
    const { cost } = await app.predictor.call("check", { settings: run.settings });
    const { device, settings: { train } } = run;
    return cost ? [{ device, batch: train.batch_size, work: cost.multiply_adds, perSecond }] : [];
  };
  const load = async (): Promise<void> => {
    const runs = await app.store.runs();
    const newest = runs.sort((a, b) => b.created - a.created);
    changed((await Promise.all(newest.map(measured))).flat());
  };
  // Without kept runs nothing was measured: the guess stays.
  const tryToLoad = (): void => void load().catch(() => undefined);
  app.on("runs", tryToLoad, false);
  tryToLoad();
}
