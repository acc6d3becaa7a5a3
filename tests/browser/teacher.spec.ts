/** A DeiT learns from a teacher that is chosen on the page. */
import { issues } from "./helpers/axe.js";
import { expect, test } from "./helpers/test.js";
import { builtin, chooseDevice, epochs, openDetails } from "./helpers/training.js";

test("a student learns from the shipped model, is kept with its teacher, and resumes", async ({ page, url }) => {
  test.slow();
  await page.goto(`${url}#train`);
  await chooseDevice(page, "cpu");
  await builtin(page);
  await expect(page.locator("#settings-teacher")).toBeHidden();
  await page.locator("#settings-presets [value=deit]").check();
  await expect(page.locator("#settings-teacher")).toBeVisible();
  await page.locator("#teacher-model").selectOption("shipped");
  await expect(page.locator("#teacher-note")).toHaveText(/The shipped model teaches|the shipped model teaches/);
  await page.locator("#teacher-kind").selectOption("soft");
  await expect(page.locator("#teacher-temperature")).toBeEnabled();
  expect(await issues(page)).toEqual([]);
  await openDetails(page.locator("#settings-model"));
  await page.locator("#set-patch_size").fill("7");
  await page.locator("#set-depth").fill("1");
  await openDetails(page.locator("#settings-training"));
  await page.locator("#set-epochs").fill("3");
  await page.locator("#run-start").click();
  await epochs(page, 1, 120_000);
  await expect(page.locator("#run-accuracy .chart-legend")).toContainText(/teacher[\d.]+ %/);

  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText(/Paused/);
  await page.reload();
  await page.locator("#runs-table").getByRole("button", { name: /^Resume/ }).click();
  await expect(page.locator("#run-accuracy .chart-legend")).toContainText(/teacher[\d.]+ %/, { timeout: 60_000 });
  await epochs(page, 3, 120_000);
  await expect(page.locator("#run-state")).toHaveText(/Finished/, { timeout: 60_000 });
});

test("a teacher of other images is refused", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  await chooseDevice(page, "cpu");
  await builtin(page);
  await page.locator("#settings-presets [value=deit]").check();
  await page.locator("#teacher-file").setInputFiles({ name: "broken.safetensors", mimeType: "application/octet-stream", buffer: Buffer.from("no model") });
  await expect(page.locator("#teacher-note")).toContainText("broken.safetensors teaches");
  await page.locator("#run-start").click();
  await expect(page.locator("#alerts, #run-notices")).toContainText([/safetensors/], { timeout: 60_000 });
});
