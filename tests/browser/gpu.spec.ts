/** Training on WebGPU. The adapter here is a software adapter and very slow: the smallest model, a few steps. */
import { file, table } from "./helpers/csv.js";
import { drop } from "./helpers/drop.js";
import { painting } from "./helpers/ink.js";
import { expect, test } from "./helpers/test.js";
import { chooseDevice, epochs, epochTable, fromMenu, openWith } from "./helpers/training.js";
import { beforeTrainer, trainer } from "./helpers/worker.js";

/** Patches of 14 pixels, one block; three steps per epoch. */
const SMALLEST = "tiny;patch_size=14;width=16;depth=1;heads=2;mlp=16;batch_size=16;epochs=200;learning_rate=0.005"
  + ";warmup_epochs=0;clip_norm=0";
/** A graphics card augments images itself. */
const DEFORMED = ";rotate=15;shift=2;elastic=2";
const WITH_STEM = ";stem=4;stem_depth=3";
/** Has special kernels for the update of matrices. */
const MUON = ";optimizer=muon";
/** The masks are the same on all devices. */
const DROPPED = ";dropout=0.1;attention_dropout=0.1";
/** Epochs whose figures must equal those of the CPU: six steps. */
const COMPARED = 2;
/** The two devices sum in another order, and each step amplifies the difference. Losses are near 2.3. */
const TOLERANCE = 0.001;
/** The tolerance over some dozens of steps. */
const MOVED_TOLERANCE = 0.01;

test("a few steps on WebGPU equal the CPU's; when the device is lost, the run continues there", async ({ page, context, url, guard }) => {
  test.setTimeout(240_000);
  // The engine may report errors about the lost device.
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

  await openWith(page, url, SMALLEST + DEFORMED + WITH_STEM + DROPPED + MUON, "cpu");
  await drop(page, "#data-drop", [data]);
  await expect(page.locator("#data-summary")).toBeVisible();
  await page.locator("#run-start").click();
  await epochs(page, COMPARED);
  const cpu = (await epochTable(page)).slice(0, COMPARED);
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText(/Paused|Finished/);
  await fromMenu(page, "reset");

  await chooseDevice(page, "gpu");
  await expect(page.locator("#status")).toHaveText(/Training runs on (a software adapter|the graphics card)/, { timeout: 30_000 });
  await page.locator("#run-start").click();
  await epochs(page, COMPARED, 180_000);
  const gpu = (await epochTable(page)).slice(0, COMPARED);
  const losses = (rows: number[][]): number[] => rows.map((row) => row[1] ?? NaN);
  test.info().annotations.push({ type: "losses", description: JSON.stringify({ cpu: losses(cpu), gpu: losses(gpu) }) });
  losses(gpu).forEach((loss, i) => expect(Math.abs(loss - (losses(cpu)[i] ?? NaN)), `epoch ${i + 1}`).toBeLessThan(TOLERANCE));
  const moved = Math.abs((losses(gpu)[0] ?? NaN) - (losses(gpu).at(-1) ?? NaN));
  expect(moved, "steps that change nothing would be seen").toBeGreaterThan(TOLERANCE);

  await trainer(page).evaluate(() => {
    const { devices } = globalThis as unknown as { devices: { destroy(): void }[] };
    for (const device of devices) device.destroy();
  });
  await expect(page.locator("#run-failed")).toContainText("device was lost", { timeout: 30_000 });
  const done = (await epochTable(page)).length;
  await page.getByRole("button", { name: "Continue on the CPU" }).click();
  await expect(page.locator("#status")).toHaveText(/Training runs on the CPU/, { timeout: 30_000 });
  await epochs(page, done + 2);
});

/** Attention that reads queries, keys and values from one array, which a browser checks more strictly than a driver. */
const SHARED = [
  "linear;patch_size=14;width=16;depth=1;heads=2;mlp=16;batch_size=16;epochs=2;learning_rate=0.005;warmup_epochs=0",
  "swin;width=8;batch_size=16;epochs=2;learning_rate=0.005;warmup_epochs=0",
];
for (const settings of SHARED) {
  const family = settings.split(";", 1)[0] ?? "";
  test(`${family}: two epochs on WebGPU equal the CPU's`, async ({ page, url }) => {
    test.setTimeout(240_000);
    const losses: number[][] = [];
    await openWith(page, url, settings, "cpu");
    await drop(page, "#data-drop", [file("rows.csv", table({ images: 60 }))]);
    await expect(page.locator("#data-summary")).toBeVisible();
    for (const [device, said] of [["cpu", /on the CPU/], ["gpu", /on (a software adapter|the graphics card)/]] as const) {
      await chooseDevice(page, device);
      await expect(page.locator("#status")).toHaveText(said, { timeout: 30_000 });
      await page.locator("#run-start").click();
      await epochs(page, 2, 180_000);
      losses.push((await epochTable(page)).map((row) => row[1] ?? NaN));
      await expect(page.locator("#run-state")).toHaveText(/Finished/, { timeout: 60_000 });
      await fromMenu(page, "reset");
    }
    const [cpu = [], gpu = []] = losses;
    expect(gpu).toHaveLength(2);
    gpu.forEach((loss, i) => expect(Math.abs(loss - (cpu[i] ?? NaN)), `epoch ${i + 1}`).toBeLessThan(TOLERANCE));
  });
}

test("a run in training moves from WebGPU to the CPU and back without a change in its results", async ({ page, url }) => {
  test.setTimeout(300_000);
  const data = file("rows.csv", table({ images: 60 }));
  const begin = async (device: "cpu" | "gpu"): Promise<void> => {
    await chooseDevice(page, device);
    const says = device === "cpu" ? /CPU/ : /adapter|graphics card/;
    await expect(page.locator("#device-note")).toHaveText(says, { timeout: 60_000 });
    await page.locator("#run-start").click();
  };
  const finish = async (): Promise<number[]> => {
    await page.locator("#run-pause").click();
    await expect(page.locator("#run-state")).toHaveText("Paused.", { timeout: 30_000 });
    const rows = await epochTable(page);
    await fromMenu(page, "reset");
    expect(rows.map((row) => row[0]), "no epoch is left out or done twice").toEqual(rows.map((_, i) => i + 1));
    return rows.map((row) => row[1] ?? NaN);
  };
  // Smaller steps: differences grow with each.
  await openWith(page, url, SMALLEST.replace("learning_rate=0.005", "learning_rate=0.002"), "cpu");
  await drop(page, "#data-drop", [data]);
  await expect(page.locator("#data-summary")).toBeVisible();
  await begin("cpu");
  // More than the run that changes devices takes.
  await epochs(page, 100);
  const undisturbed = await finish();

  await begin("gpu");
  await epochs(page, 1, 120_000);
  const places = [1];
  for (const [device, status] of [["cpu", "the CPU"], ["gpu", "(a software adapter|the graphics card)"]] as const) {
    const curve = await painting(page, "#run-loss canvas");
    await chooseDevice(page, device);
    await expect(page.locator("#status")).toHaveText(new RegExp(`Training runs on ${status}`), { timeout: 60_000 });
    const done = (await epochTable(page)).length;
    places.push(done);
    await epochs(page, done + 2, 120_000);
    await expect.poll(() => painting(page, "#run-loss canvas")).not.toBe(curve);
    await expect(page.locator("#run-failed")).toHaveCount(0);
  }
  const moved = await finish();
  test.info().annotations.push({ type: "moved after epochs", description: places.slice(1).join(", ") });
  const apart = moved.slice(0, undisturbed.length).map((loss, i) => Math.abs(loss - (undisturbed[i] ?? NaN)));
  test.info().annotations.push({ type: "losses, and how far apart", description: JSON.stringify([moved, apart]) });
  expect((moved[0] ?? NaN) - (moved.at(-1) ?? NaN), "it learns").toBeGreaterThan(20 * MOVED_TOLERANCE);
  expect(apart.length).toBeGreaterThan(places.at(-1) ?? Infinity);
  expect(Math.max(...apart)).toBeLessThan(MOVED_TOLERANCE);
});
