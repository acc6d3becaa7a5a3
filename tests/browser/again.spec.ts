/** The user's files outlive the engine that held them; if they cannot be read again, training waits for a decision. */
import { rm, writeFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { file, table } from "./helpers/csv.js";
import { drop, largeFile } from "./helpers/drop.js";
import { stored } from "./helpers/stored.js";
import { expect, test } from "./helpers/test.js";
import { epochs, fromMenu, openDetails, openWith } from "./helpers/training.js";
import { failTrainer } from "./helpers/worker.js";

const SHORT = "tiny;epochs=1;batch_size=32;warmup_epochs=0";

/** The names of the newest run's files. */
async function trainedOn(page: Page): Promise<string[]> {
  await expect.poll(async () => (await stored(page, "runs")).length).toBeGreaterThan(0);
  const runs = (await stored(page, "runs")).map(({ value }) =>
    value as { created: number; data: { files: { name: string }[] } });
  const newest = runs.sort((one, other) => other.created - one.created)[0];
  return newest?.data.files.map(({ name }) => name) ?? [];
}

const files = (page: Page) => page.locator("#data-files > li");

test("after a crash of the engine the files are read again, with the user's choices", async ({ page, url, guard }) => {
  test.slow();
  await openWith(page, url, SHORT);
  await drop(page, "#data-drop", [
    file("learn.csv", table({ header: true, images: 200 })), file("check.csv", table({ images: 50 })),
    file("predict.csv", table({ unlabelled: true, images: 30 })),
  ]);
  await page.locator("#data-builtin-count").selectOption("2000");
  await page.locator("#data-builtin").click();
  await expect(files(page)).toHaveCount(4, { timeout: 30_000 });
  await page.getByLabel("Use check.csv for").selectOption("test");
  await page.getByLabel("Use built-in digits (2000) for").selectOption("ignored");
  await page.locator("#data-validation").fill("30");
  await expect(page.locator("#data-count-train")).toHaveText("140");
  const before = await files(page).allTextContents();

  await failTrainer(page, guard);
  await expect.poll(() => files(page).allTextContents(), { timeout: 30_000 }).toEqual(before);
  await expect(page.locator("#data-recovering")).toBeHidden();
  await expect(page.getByLabel("Use check.csv for")).toHaveValue("test");
  await expect(page.getByLabel("Use built-in digits (2000) for")).toHaveValue("ignored");
  await expect(page.locator("#data-count-train")).toHaveText("140");
  await expect(page.locator("#data-count-test")).toHaveText("50");

  await page.locator("#run-start").click();
  await epochs(page, 1);
  expect(await trainedOn(page)).toEqual(["learn.csv", "check.csv", "predict.csv", "built-in digits (2000)"]);
});

test("a missing file is named, and training waits until it is found or removed", async ({ page, url, guard }) => {
  test.slow();
  const path = test.info().outputPath("mine.csv");
  const bring = async (images: number): Promise<void> => {
    await writeFile(path, table({ images }));
    await page.locator("#data-input").setInputFiles(path);
  };
  await openWith(page, url, SHORT);
  await bring(100);
  await expect(page.locator("#data-files > li[data-id]")).toHaveCount(1, { timeout: 30_000 });
  const lost = page.locator("#data-files > li.lost");

  await test.step("gone", async () => {
    await rm(path);
    await failTrainer(page, guard);
    await expect(lost).toContainText("mine.csv");
    await expect(lost).toContainText("Training waits");
    await page.locator("#run-start").click();
    await expect(page.locator("#run-failed")).toContainText("mine.csv could not be read again");
    await expect(page.locator("#data-files > li[data-id]"), "no other digits in its place").toHaveCount(0);
    expect(await stored(page, "runs")).toEqual([]);
  });
  await test.step("brought again, it takes its place", async () => {
    await bring(100);
    await expect(lost).toHaveCount(0);
    await expect(page.locator("#data-files > li[data-id]")).toHaveCount(1);
  });
  await test.step("changed on the disk, it is not taken for the same", async () => {
    await writeFile(path, table({ images: 60 }));
    await failTrainer(page, guard);
    await expect(lost).toContainText("mine.csv");
  });
  await test.step("removed, the choice of other data is free", async () => {
    await lost.getByRole("button", { name: "Remove mine.csv" }).click();
    await expect(files(page)).toHaveCount(0);
    await page.locator("#run-start").click();
    await epochs(page, 1);
    expect(await trainedOn(page)).toEqual(["5,000 MNIST images"]);
  });
});

test("training never uses other files than the chosen ones", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, SHORT);
  await test.step("a file that was refused", async () => {
    await drop(page, "#data-drop", [file("bad.csv", "a,b,c\n1,2,3\n")]);
    await expect(files(page)).toHaveCount(1, { timeout: 30_000 });
    await page.locator("#run-start").click();
    await expect(page.locator("#run-failed")).toContainText("bad.csv was not accepted");
    await page.getByRole("button", { name: "Dismiss the note on bad.csv" }).click();
  });
  await test.step("a file without labels", async () => {
    await drop(page, "#data-drop", [file("predict.csv", table({ unlabelled: true }))]);
    await expect(files(page)).toHaveCount(1, { timeout: 30_000 });
    await page.locator("#run-start").click();
    await expect(page.locator("#run-failed")).toContainText("None of your files has images to train on");
    expect(await stored(page, "runs")).toEqual([]);
  });
  await test.step("a file that is still being read", async () => {
    const dataTransfer = await largeFile(page, "large.csv", table({ images: 500 }), 20);
    await page.locator("#data-drop").dispatchEvent("drop", { dataTransfer });
    await page.locator("#run-start").click();
    await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 60_000 });
    expect(await trainedOn(page)).toEqual(["predict.csv", "large.csv"]);
  });
});

test("a diverged run leaves the files in place", async ({ page, url }) => {
  await openWith(page, url, "tiny;epochs=50;batch_size=32;learning_rate=10;weight_decay=1;clip_norm=0;warmup_epochs=0"
    + ";schedule=constant");
  await drop(page, "#data-drop", [file("digits.csv", table({ header: true, images: 400 }))]);
  await expect(page.locator("#data-summary")).toBeVisible({ timeout: 30_000 });
  await page.locator("#run-start").click();
  await expect(page.locator("#run-failed")).toContainText("became NaN", { timeout: 50_000 });
  await expect(page.locator("#data-files > li[data-id]")).toHaveCount(1);
  await fromMenu(page, "reset");
  await openDetails(page.locator("#settings-training"));
  await page.locator("#set-learning_rate").fill("0.002");
  await page.locator("#set-weight_decay").fill("0.05");
  await page.locator("#set-epochs").fill("1");
  await page.locator("#set-epochs").blur();
  await page.locator("#run-start").click();
  await epochs(page, 1);
  expect(await trainedOn(page)).toEqual(["digits.csv"]);
});

test("the data of a resumed run is restored after a crash, too", async ({ page, url, guard }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=400;batch_size=16;warmup_epochs=0");
  await drop(page, "#data-drop", [file("digits.csv", table({ header: true, images: 300 }))]);
  await expect(page.locator("#data-summary")).toBeVisible({ timeout: 30_000 });
  await page.locator("#run-start").click();
  await epochs(page, 1);
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  await expect(page.locator("#run-saved")).toHaveText(/\d/);
  await page.reload();
  await page.locator("#run-kept-resume").click();
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 30_000 });
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  const before = await files(page).allTextContents();
  await failTrainer(page, guard);
  await expect(page.locator("#run-failed")).toContainText("stopped");
  await expect.poll(() => files(page).allTextContents(), { timeout: 30_000 }).toEqual(before);
});
