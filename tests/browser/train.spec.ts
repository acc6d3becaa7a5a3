/** A model is trained in the tab, from the first step to the files that a person takes away. */
import { readFile } from "node:fs/promises";
import type { Download, Page } from "@playwright/test";
import { painting } from "./helpers/ink.js";
import { expect, test } from "./helpers/test.js";
import { builtin, chooseDevice, epochs, epochTable, text } from "./helpers/training.js";

const EPOCHS = 4;

async function download(page: Page, button: string): Promise<Buffer> {
  const [file]: [Download, void] = await Promise.all([
    page.waitForEvent("download"),
    page.locator(button).click(),
  ]);
  return readFile(await file.path());
}

test("tiny learns the built-in digits on the CPU", async ({ page, url }) => {
  test.slow();
  await page.goto(url);
  await chooseDevice(page, "cpu");
  await builtin(page, "6000");
  await page.locator("#settings-presets [value=tiny]").check();
  await page.locator("#settings-training summary").click();
  await page.locator("#set-epochs").fill(String(EPOCHS));
  await page.locator("#set-batch_size").fill("32");
  await page.locator("#set-warmup_epochs").fill("1");
  await page.locator("#set-warmup_epochs").blur();
  await page.locator("#run-start").click();

  // Live, before the first epoch has ended.
  await expect(page.locator("#run-epoch-text")).toHaveText(/step \d+ of 150/, { timeout: 60_000 });
  const curve = await painting(page, "#run-loss canvas");
  expect(curve).not.toBe(0);
  await expect.poll(() => painting(page, "#run-loss canvas")).not.toBe(curve);
  await expect(page.locator("#run-speed")).toHaveText(/\d/);
  await expect(page).toHaveTitle(/%/);

  await epochs(page, EPOCHS, 120_000);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  const rows = await epochTable(page);
  const last = rows.at(-1) ?? [];
  test.info().annotations.push({ type: "epochs", description: JSON.stringify(rows) });
  expect(last[4], "validation accuracy in percent").toBeGreaterThanOrEqual(80);
  expect(last[1], "training loss falls").toBeLessThan((rows[0]?.[1] ?? 0) / 2);

  await test.step("the results follow the epoch slider", async () => {
    await expect(page.locator("#results-body")).toBeVisible();
    await expect(page.locator("#results-line")).toHaveText(new RegExp(`after epoch ${EPOCHS}:`, "i"));
    const newest = await page.locator("#results-confusion").textContent();
    await page.locator("#results-epoch").focus();
    await page.keyboard.press("Home");
    await expect(page.locator("#results-line")).toHaveText(/after epoch 1:/i);
    expect(await page.locator("#results-confusion").textContent()).not.toBe(newest);
    await expect(page.locator("#model-line")).toHaveText(/Epoch 1 of/);
    const cell = page.locator("#results-confusion td[data-label]:not(.diagonal):not(.none)").first();
    await cell.click();
    await expect(cell).toHaveAttribute("aria-selected", "true");
    await expect(page.locator("#results-mistakes canvas").first()).toBeVisible();
    await page.locator("#results-newest").click();
    await expect(page.locator("#results-line")).toHaveText(new RegExp(`after epoch ${EPOCHS}:`, "i"));
  });

  await test.step("model, figures and report are taken away", async () => {
    await expect(page.locator("#results-test")).toHaveText(/Test: [\d.]+ % of 600 images/);
    const model = await download(page, "#results-save-best");
    const header = JSON.parse(model.subarray(8, 8 + Number(model.readBigUInt64LE(0))).toString("utf8")) as object;
    expect(Object.keys(header).length).toBeGreaterThan(20);
    expect(model.length).toBeGreaterThan(4 * 139_018);
    const metrics = (await download(page, "#results-save-metrics")).toString("utf8").trim().split("\n");
    expect(metrics).toHaveLength(EPOCHS + 1);
    expect(metrics[0]).toContain("validation_accuracy");
    const report = (await download(page, "#results-save-report")).toString("utf8");
    expect(report).toContain("<html");
    expect(report.length).toBeGreaterThan(5_000);

    await page.locator("#results-file").setInputFiles({ name: "mine.safetensors", mimeType: "application/octet-stream", buffer: model });
    await expect(page.locator("#model-line")).toHaveText(/^mine\.safetensors,/);
  });

  await test.step("the run is kept", async () => {
    await expect(page.locator("#runs-table tbody tr")).toHaveCount(1);
    await page.reload();
    await expect(page.locator("#runs-table tbody tr")).toHaveCount(1);
    expect(await text(page, "#runs-table tbody")).toContain("tiny");
  });
});
