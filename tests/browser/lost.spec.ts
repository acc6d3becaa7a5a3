/** Graphics devices that are lost, or hang, with and without a run in training. The adapter here is a software adapter. */
import type { BrowserContext, Page } from "@playwright/test";
import { file, table } from "./helpers/csv.js";
import { download } from "./helpers/download.js";
import { drop } from "./helpers/drop.js";
import type { Guard } from "./helpers/test.js";
import { expect, test } from "./helpers/test.js";
import { chooseDevice, epochs, fromMenu, openWith, place } from "./helpers/training.js";
import { beforeTrainer, trainer } from "./helpers/worker.js";

const SMALLEST = "tiny;patch_size=14;width=16;depth=1;heads=2;mlp=16;batch_size=16;warmup_epochs=0;clip_norm=0";
const ON_CARD = /Training runs on (a software adapter|the graphics card)/;

/** Keeps references to the trainer's devices, to destroy them; with `hang` set there, no buffer is ever read again. */
async function holdDevices(context: BrowserContext, guard: Guard): Promise<void> {
  guard.allow(/[Dd]evice.*(lost|destroyed)|destroyed.*[Dd]evice|panicked at/);
  await beforeTrainer(context, `
    self.devices = [];
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const device = await request.apply(this, args);
      self.devices.push(device);
      return device;
    };
    const map = GPUBuffer.prototype.mapAsync;
    GPUBuffer.prototype.mapAsync = function (...args) {
      return self.hang ? new Promise(() => undefined) : map.apply(this, args);
    };`);
}

function destroyDevices(page: Page): Promise<void> {
  return trainer(page).evaluate(() => {
    const { devices } = globalThis as unknown as { devices: { destroy(): void }[] };
    for (const device of devices) device.destroy();
  });
}

async function begin(page: Page, url: string, settings: string): Promise<void> {
  await openWith(page, url, SMALLEST + settings, "gpu");
  await drop(page, "#data-drop", [file("rows.csv", table({ images: 60 }))]);
  await expect(page.locator("#data-summary")).toBeVisible();
  await expect(page.locator("#status")).toHaveText(ON_CARD, { timeout: 60_000 });
}

test("a card lost while the CPU trains does no harm, and is reopened by another worker", async ({ page, context, url, guard }) => {
  test.setTimeout(180_000);
  await holdDevices(context, guard);
  await begin(page, url, ";epochs=3000");
  await chooseDevice(page, "cpu");
  await expect(page.locator("#status")).toHaveText(/Training runs on the CPU/, { timeout: 60_000 });
  await page.locator("#run-start").click();
  await epochs(page, 2);
  await destroyDevices(page);
  await expect(page.locator("#alerts")).toContainText("Nothing is lost");
  const { epoch } = await place(page);
  await expect.poll(async () => (await place(page)).epoch).toBeGreaterThan(epoch + 5);
  await expect(page.locator("#run-failed")).toHaveCount(0);

  await chooseDevice(page, "gpu");
  await expect(page.locator("#device-note")).toContainText("can be used again when this run has ended");
  await expect(page.locator("#run-state")).toHaveText("Training.");
  await chooseDevice(page, "cpu");
  await fromMenu(page, "stop");
  await expect(page.locator("#run-state")).toHaveText(/Stopped/);
  await chooseDevice(page, "gpu");
  await expect(page.locator("#status")).toHaveText(ON_CARD, { timeout: 60_000 });
  await expect(page.locator("#run-state"), "what has ended stays as it ended").toHaveText(/Stopped/);
  // The new trainer does not have the run; the browser's store does.
  const model = await download(page.locator("#results-save-best"));
  expect(model.bytes.length).toBeGreaterThan(4000);
  await page.locator("#results-save-report").click();
  await expect(page.locator("#results-downloads-note")).toContainText("no longer has this run");
});

test("a hanging card is reported, and the run resumes from its checkpoint; if it is lost while idle, ended runs stay", async ({ page, context, url, guard }) => {
  test.setTimeout(240_000);
  await holdDevices(context, guard);
  await begin(page, url, ";epochs=60");
  await page.locator("#run-start").click();
  await epochs(page, 12, 180_000);
  await trainer(page).evaluate(() => void Object.assign(globalThis, { hang: true }));
  const notice = page.locator("#trainer-late");
  await expect(notice).toContainText(/has not finished; usually this takes/, { timeout: 60_000 });
  await notice.getByRole("button", { name: "Go back to the last checkpoint" }).click();
  await expect(notice).toHaveCount(0);
  await expect(page.locator("#run-failed")).toContainText("was stuck and was stopped");
  const done = await page.locator("#run-epochs tbody tr").count();
  await page.getByRole("button", { name: "Resume from the last checkpoint" }).click();
  await epochs(page, done + 1, 120_000);
  await fromMenu(page, "stop");
  await expect(page.locator("#run-state")).toHaveText(/Stopped/, { timeout: 30_000 });

  await destroyDevices(page);
  await expect(page.locator("#status")).not.toHaveText(ON_CARD, { timeout: 20_000 });
  await expect(page.locator("#run-state")).toHaveText(/Stopped/);
  const model = await download(page.locator("#results-save-best"));
  expect(model.bytes.length).toBeGreaterThan(4000);
  await expect(page.locator("#run-resume")).toBeEnabled();
});
