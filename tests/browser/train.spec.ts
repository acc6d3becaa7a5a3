/** A model is trained in the tab, from the first step to the downloaded files. */
import { download } from "./helpers/download.js";
import { painting } from "./helpers/ink.js";
import { expect, test } from "./helpers/test.js";
import { builtin, chooseDevice, epochs, epochTable, text, openDetails } from "./helpers/training.js";

const EPOCHS = 4;

test("tiny learns the built-in digits on the CPU", async ({ page, url }) => {
  test.slow();
  await page.goto(`${url}#train`);
  await chooseDevice(page, "cpu");
  await builtin(page, "6000");
  await page.locator("#settings-presets [value=tiny]").check();
  await openDetails(page.locator("#settings-training"));
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
  let columns: string[] = [];
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
    const { bytes: model } = await download(page.locator("#results-save-best"));
    const header = JSON.parse(model.subarray(8, 8 + Number(model.readBigUInt64LE(0))).toString("utf8")) as object;
    expect(Object.keys(header).length).toBeGreaterThan(20);
    expect(model.length).toBeGreaterThan(4 * 139_018);
    const metrics = (await download(page.locator("#results-save-metrics"))).bytes.toString("utf8").trim().split("\n");
    columns = metrics[0]?.split(",") ?? [];
    const column = (name: string, scale: number): number[] =>
      metrics.slice(1).map((line) => scale * Number(line.split(",")[columns.indexOf(name)] ?? NaN));
    const near = (found: number[], shown: number[], digits: number): void => {
      expect(found).toHaveLength(shown.length);
      found.forEach((value, i) => expect(value).toBeCloseTo(shown[i] ?? NaN, digits));
    };
    // As shown in the table: losses with four digits, accuracies in percent with two.
    const shown = (place: number): number[] => rows.map((row) => row[place] ?? NaN);
    near(column("epoch", 1), shown(0), 9);
    near(column("train_loss", 1), shown(1), 3);
    near(column("train_accuracy", 100), shown(2), 1);
    near(column("validation_loss", 1), shown(3), 3);
    near(column("validation_accuracy", 100), shown(4), 1);

    const report = (await download(page.locator("#results-save-report"))).bytes.toString("utf8");
    expect(report).toMatch(/^<!DOCTYPE html>/i);
    const tested = /Test: ([\d.]+) %/.exec(await text(page, "#results-test"))?.[1] ?? "missing";
    // Opened like by a user; requests to other places would be noticed.
    const opened = await page.context().newPage();
    await opened.setContent(report);
    await expect(opened.locator("body")).toContainText("tiny preset");
    const accuracy = new RegExp(`Accuracy, test set\\s*${tested.replace(".", "\\.")}`);
    await expect(opened.locator("body")).toContainText(accuracy);
    expect(await opened.locator("svg").count(), "curves").toBeGreaterThanOrEqual(2);
    await opened.close();

    await page.locator("#results-file").setInputFiles({ name: "mine.safetensors", mimeType: "application/octet-stream", buffer: model });
    await expect(page.locator("#model-line")).toHaveText(/^mine\.safetensors,/);
  });

  await test.step("the run is kept", async () => {
    await expect(page.locator("#runs-table tbody tr")).toHaveCount(1);
    await page.reload();
    await expect(page.locator("#runs-table tbody tr")).toHaveCount(1);
    expect(await text(page, "#runs-table tbody")).toContain("tiny");
    const kept = await download(page.getByRole("button", { name: /^Download the metrics of/ }));
    const lines = kept.bytes.toString("utf8").trimEnd().split("\n");
    expect(lines[0]?.split(","), "the columns of the trainer's own").toEqual(columns);
    expect(lines).toHaveLength(EPOCHS + 1);
  });
});
