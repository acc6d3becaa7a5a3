/** Firefox only: it has WebGPU, which is off by default on Linux. */
import { file, table } from "../helpers/csv.js";
import { chooseDevice, epochs, epochTable, openWith, state } from "./steps.js";
import { expect, journey } from "./test.js";

/** Patches of 14 pixels, one block; three steps per epoch. Uses everything that has special kernels on a graphics card. */
const SMALLEST = "tiny;patch_size=14;width=16;depth=1;heads=2;mlp=16;batch_size=16;epochs=200;learning_rate=0.005"
  + ";warmup_epochs=0;clip_norm=0;rotate=15;shift=2;elastic=2;stem=4;stem_depth=3;optimizer=muon"
  + ";dropout=0.1;attention_dropout=0.1";
/** Epochs whose figures must equal those of the CPU: six steps. */
const COMPARED = 2;
/** The two devices sum in another order, and each step amplifies the difference. Losses are near 2.3. */
const TOLERANCE = 0.001;

journey("a few steps on WebGPU equal the CPU's", { webgpu: true }, async ({ browser, site }) => {
  const losses = async (): Promise<number[]> =>
    (await epochTable(browser)).slice(0, COMPARED).map((row) => row[1] ?? NaN);
  await openWith(browser, site.url, SMALLEST);
  await browser.drop("#data-drop", file("rows.csv", table({ images: 60 })));
  await expect.poll(() => browser.shown("#data-summary")).toBe(true);
  await browser.click("#run-start");
  await epochs(browser, COMPARED);
  const cpu = await losses();
  await browser.click("#run-menu > summary");
  await browser.click("#run-stop");
  await state(browser, /Stopped|Finished/);
  await browser.click("#run-menu > summary");
  await browser.click("#run-reset");
  await state(browser, /^Ready/);

  await chooseDevice(browser, "gpu");
  await expect.poll(() => browser.text("#status")).toMatch(/Training runs on (a software adapter|the graphics card)/);
  await browser.click("#run-start");
  await epochs(browser, COMPARED);
  const gpu = await losses();
  expect(cpu.map(Number.isFinite)).toEqual(Array(COMPARED).fill(true));
  gpu.forEach((loss, i) => expect(Math.abs(loss - (cpu[i] ?? NaN)), `epoch ${i + 1}`).toBeLessThan(TOLERANCE));
  const moved = Math.abs((gpu[0] ?? NaN) - (gpu.at(-1) ?? NaN));
  expect(moved, "steps that change nothing would be seen").toBeGreaterThan(TOLERANCE);
});
