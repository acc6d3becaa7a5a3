/**
 * What a training step costs in the page: on WebGPU how often the worker talks to the device, on the CPU how
 * fast it is, on both what is left for the page's own thread to do. The preset tiny, batches of 128.
 *
 * Where the only adapter is a CPU in disguise, its counts are those of any adapter; its times are not.
 */
import { countedTurns, countSteps, type Turn } from "./helpers/counter.js";
import { mainThreadTasks, quantile } from "./helpers/measure.js";
import { expect, test } from "./helpers/test.js";
import { builtin, openWith } from "./helpers/training.js";

const BATCH = 128;
/** Kernels are compiled in the first steps. */
const WARM_UP = 3;
/** A whole round of reading loss and accuracy, which happens at each tenth step. All are in the first epoch. */
const MEASURED = 10;

for (const device of ["cpu", "gpu"] as const) {
  test(`steps on ${device}`, async ({ page, browser, context, url }) => {
    await countSteps(context);
    await openWith(page, url, `tiny;epochs=9;batch_size=${BATCH}`, device);
    await builtin(page, "6000");
    await page.locator("#run-start").click();
    const stepsDone = async (count: number): Promise<void> => {
      await expect.poll(async () => {
        const { length } = await countedTurns(page);
        if (device === "gpu") process.stderr.write(`${length} of ${count} steps\r`);
        return length;
      }, { timeout: 1_800_000, intervals: [500] }).toBeGreaterThanOrEqual(count);
    };
    await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 120_000 });
    await stepsDone(WARM_UP);
    let before = 0;
    let turns: Turn[] = [];
    const tasks = await mainThreadTasks(browser, page, async () => {
      before = (await countedTurns(page)).length;
      await stepsDone(before + MEASURED);
      turns = await countedTurns(page);
    });
    const measured = turns.slice(before, before + MEASURED);
    const main = tasks.reduce((sum, { cpu }) => sum + cpu, 0) / (turns.length - before);
    await expect(page.locator("#run-epoch-text"), "the steps are those of the first epoch").toHaveText(/step/);

    const median = (key: "dispatches" | "submits"): number => quantile(measured.map((turn) => turn[key]), 0.5);
    // Over the whole round: a device works while the worker goes on, until it is asked for something.
    const seconds = measured.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000 / MEASURED;
    const reading = measured.filter(({ reads }) => reads.length > 0);
    // A step that reads nothing waits for nothing: its time is that of the worker's own work.
    const host = quantile(measured.filter(({ reads }) => reads.length === 0).map(({ milliseconds }) => milliseconds), 0.5);
    const lines = [
      `tiny, batch ${BATCH}, on the ${device} (${MEASURED} steps after ${before}):`,
      `  a step takes ${(1000 * seconds).toFixed(0)} ms: ${(BATCH / seconds).toFixed(0)} images/s`,
      `  the page's own thread: ${main.toFixed(1)} ms of computing a step`,
    ];
    if (device === "gpu") {
      expect(median("dispatches"), "the counters count").toBeGreaterThan(0);
      lines.push(
        `  ${median("dispatches")} dispatches, ${median("submits")} submits a step (median)`,
        `  the worker is busy for ${host.toFixed(1)} ms in a step that reads nothing (median)`,
        `  ${reading.length} of the steps read something back, in bytes: `
        + reading.map(({ reads }) => reads.join(" + ")).join("; "),
        `  every step: ${measured.map((turn) => `${turn.dispatches}/${turn.submits}/${turn.reads.length}`).join(" ")}`,
      );
    }
    process.stdout.write(`${lines.join("\n")}\n`);
  });
}
