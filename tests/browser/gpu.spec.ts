/** Training on WebGPU. The adapter here is a CPU in disguise and very slow: the smallest model, a few steps. */
import { file, table } from "./helpers/csv.js";
import { drop } from "./helpers/drop.js";
import { expect, test } from "./helpers/test.js";
import { chooseDevice, epochs, epochTable, openWith } from "./helpers/training.js";
import { beforeTrainer, trainer } from "./helpers/worker.js";

/** Patches of 14 pixels, one block; three steps an epoch. */
const SMALLEST = "tiny;patch_size=14;width=16;depth=1;heads=2;mlp=16;batch_size=16;epochs=200;learning_rate=0.005"
  + ";warmup_epochs=0;clip_norm=0";
/** Epochs whose figures must be those of the CPU: six steps. */
const COMPARED = 2;
/** The two devices add in another order, and a step multiplies what differs. Losses are near 2.3. */
const TOLERANCE = 0.001;

test("a few steps on WebGPU equal the CPU's; when the device is lost, the run goes on there", async ({ page, context, url, guard }) => {
  test.setTimeout(240_000);
  // The engine may complain about the device that was taken from it.
  guard.allow(/[Dd]evice.*(lost|destroyed)|destroyed.*[Dd]evice|panicked at/);
  await beforeTrainer(context, `
    self.devices = [];
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const device = await request.apply(this, args);
      self.devices.push(device);
      return device;
    };`);
  const data = file("rows.csv", table({ images: 60 }));

  await openWith(page, url, SMALLEST, "cpu");
  await drop(page, "#data-drop", [data]);
  await expect(page.locator("#data-summary")).toBeVisible();
  await page.locator("#run-start").click();
  await epochs(page, COMPARED);
  const cpu = (await epochTable(page)).slice(0, COMPARED);
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText(/Paused|Finished/);
  await page.locator("#run-reset").click();

  await chooseDevice(page, "gpu");
  await expect(page.locator("#status")).toHaveText(/Training runs on (a software adapter|the graphics card)/, { timeout: 30_000 });
  await page.locator("#run-start").click();
  await epochs(page, COMPARED, 180_000);
  const gpu = (await epochTable(page)).slice(0, COMPARED);
  const losses = (rows: number[][]): number[] => rows.map((row) => row[1] ?? NaN);
  test.info().annotations.push({ type: "losses", description: JSON.stringify({ cpu: losses(cpu), gpu: losses(gpu) }) });
  losses(gpu).forEach((loss, i) => expect(Math.abs(loss - (losses(cpu)[i] ?? NaN)), `epoch ${i + 1}`).toBeLessThan(TOLERANCE));
  expect(losses(gpu).at(-1)).toBeLessThan(losses(gpu)[0] ?? 0);

  await trainer(page).evaluate(() => {
    const { devices } = globalThis as unknown as { devices: { destroy(): void }[] };
    for (const device of devices) device.destroy();
  });
  await expect(page.locator("#run-failed")).toContainText("device was lost", { timeout: 30_000 });
  const done = (await epochTable(page)).length;
  await page.getByRole("button", { name: "Go on on the CPU" }).click();
  await expect(page.locator("#status")).toHaveText(/Training runs on the CPU/, { timeout: 30_000 });
  await epochs(page, done + 2);
});
