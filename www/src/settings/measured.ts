/** The speeds of kept runs, for estimates. */
import type { App } from "../app.js";
import type { DeviceReport, RunRecord } from "../protocol/messages.js";

/** The speed of a run. */
export interface Measured {
  device: DeviceReport;
  batch: number;
  /** Multiply-adds per image of a training step. */
  work: number;
  perSecond: number;
}

/** Calls `changed` with the speed of the newest run on each device, now and whenever the runs change. */
export function watchRuns(app: App, changed: (runs: Measured[]) => void): void {
  const measured = async (run: RunRecord): Promise<Measured[]> => {
    const { settings, device } = run;
    const { cost } = await app.predictor.call("check", { settings });
    return cost ? [{ device, batch: settings.train.batch_size, work: cost.multiply_adds, perSecond: speedOf(run) }] : [];
  };
  const load = async (): Promise<void> => {
    const runs = (await app.store.runs()).filter((run) => speedOf(run) > 0);
    runs.sort((a, b) => a.created - b.created);
    // Of several runs on a device, the last one wins.
    const newest = new Map(runs.map((run) => [`${run.device.kind} ${run.device.name}`, run]));
    changed((await Promise.all([...newest.values()].map(measured))).flat());
  };
  // Without kept runs there is no measurement, and the guess stays.
  const tryToLoad = (): void => void load().catch(() => undefined);
  app.on("runs", tryToLoad, false);
  tryToLoad();
}

/** Images per second of a run's last epoch; 0 before its first. */
function speedOf({ history }: RunRecord): number {
  return history.at(-1)?.images_per_second ?? 0;
}
