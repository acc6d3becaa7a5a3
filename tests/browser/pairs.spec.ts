/** IDX images and their labels: names decide, else the user; a pair then stays together. */
import type { Locator, Page } from "@playwright/test";
import { file, table } from "./helpers/csv.js";
import { drop } from "./helpers/drop.js";
import { idxImages, idxLabels } from "./helpers/idx.js";
import { stored } from "./helpers/stored.js";
import { expect, test } from "./helpers/test.js";
import { chooseDevice, epochs, openWith } from "./helpers/training.js";
import { failTrainer } from "./helpers/worker.js";
import { fileImages, keepWorkers } from "./helpers/workers.js";

test.beforeEach(({ page }) => keepWorkers(page));

/** `count` labels, one class after the other from `first` on. */
const labels = (count: number, first = 0): number[] => Array.from({ length: count }, (_, i) => (i + first) % 10);

const entry = (page: Page, name: string): Locator =>
  page.locator("#data-files > li").filter({ has: page.getByText(name, { exact: true }) });

/** How many of the first images of a file have a label that their picture does not show. */
async function misplaced(page: Page, name: string): Promise<number> {
  const id = Number(await entry(page, name).getAttribute("data-id"));
  const { side, pixels, labels: own } = await fileImages(page, id, 30);
  return own.filter((label, image) => label < 0 || (pixels[(image * side + label) * side] ?? 0) === 0).length;
}

/** Reduces stored files to what earlier versions of the page stored: images and labels. */
function forgetExtras(page: Page): Promise<void> {
  return page.evaluate(() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("patchwork");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("data", "readwrite");
      transaction.objectStore("data").openCursor().onsuccess = ({ target }) => {
        const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
        if (cursor === null) return;
        const { extras: _, ...rest } = cursor.value as { extras?: unknown };
        cursor.update(rest);
        cursor.continue();
      };
      transaction.oncomplete = () => {
        opening.result.close();
        resolve();
      };
      transaction.onabort = () => reject(transaction.error);
    };
  }));
}

test("labels are paired with images by name, in any order", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  await drop(page, "#data-drop", [idxImages("A-images-idx3-ubyte", labels(30))]);
  await expect(page.locator("#data-files > li")).toHaveCount(1, { timeout: 30_000 });
  await drop(page, "#data-drop", [
    idxImages("B-images-idx3-ubyte", labels(30, 3)), idxLabels("B-labels-idx1-ubyte", labels(30, 3)),
  ]);
  await expect(entry(page, "B-images-idx3-ubyte")).toContainText("10 classes");
  await expect(page.locator("#data-files > li")).toHaveCount(2);
  await expect(entry(page, "A-images-idx3-ubyte")).toContainText("no labels");
  expect(await misplaced(page, "B-images-idx3-ubyte")).toBe(0);
  await drop(page, "#data-drop", [idxLabels("A-labels-idx1-ubyte", labels(30))]);
  await expect(entry(page, "A-images-idx3-ubyte")).toContainText("10 classes");
  expect(await misplaced(page, "A-images-idx3-ubyte")).toBe(0);
});

test("if names do not match, the user is asked; the pair is moved, stored and restored as one", async ({ page, url, guard }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=400;batch_size=16;warmup_epochs=0");
  await drop(page, "#data-drop", [
    idxImages("first.idx", labels(60), 200), idxImages("second.idx", labels(60, 5)), idxLabels("answers.idx", labels(60, 5)),
  ]);
  const waiting = entry(page, "answers.idx");
  await test.step("asked", async () => {
    await expect(waiting).toContainText("These are labels of 60 images. Of which file?", { timeout: 30_000 });
    await expect(page.locator("#data-files > li")).toHaveCount(3);
    await waiting.getByLabel(/Of which file/).selectOption({ label: "second.idx" });
    await waiting.getByRole("button", { name: "Use for these images" }).click();
    await expect(page.locator("#data-files > li")).toHaveCount(2);
    expect(await misplaced(page, "second.idx")).toBe(0);
  });
  const whole = async (step: string): Promise<void> => {
    await expect(page.locator("#data-files > li[data-id]"), step).toHaveCount(2, { timeout: 30_000 });
    await expect(entry(page, "second.idx"), step).toContainText("10 classes");
    await expect(entry(page, "first.idx"), step).toContainText("no labels");
    expect(await misplaced(page, "second.idx"), step).toBe(0);
  };
  await test.step("read again after a fault", async () => {
    await failTrainer(page, guard);
    // Until the new worker has answered, the list shows the files of the old one.
    await expect(() => whole("after a fault")).toPass({ timeout: 30_000 });
    await expect(page.locator("#data-recovering")).toBeHidden();
  });
  await test.step("kept and restored", async () => {
    await page.locator("#run-start").click();
    await epochs(page, 1);
    await page.locator("#run-pause").click();
    await expect(page.locator("#run-state")).toHaveText("Paused.");
    await page.reload();
    await page.locator("#run-kept-resume").click();
    await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 30_000 });
    await whole("restored");
  });
});

test("files stored by an earlier page, without names and orientation, are restored", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=400;batch_size=16;warmup_epochs=0");
  await drop(page, "#data-drop", [idxImages("B-images", labels(60, 3)), idxLabels("B-labels", labels(60, 3))]);
  await expect(entry(page, "B-images")).toContainText("10 classes", { timeout: 30_000 });
  await page.locator("#run-start").click();
  await epochs(page, 1);
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  await expect.poll(async () => (await stored(page, "data")).length).toBeGreaterThan(1);
  await forgetExtras(page);
  await page.reload();
  await page.locator("#run-kept-resume").click();
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 30_000 });
  await expect(entry(page, "B-images")).toContainText("60 images");
  await expect(entry(page, "B-images")).toContainText("labels from B-labels");
  expect(await misplaced(page, "B-images")).toBe(0);
});

test("unpaired labels are moved to another device with the rest", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny");
  await drop(page, "#data-drop", [
    idxImages("A-images", labels(30)), idxImages("B-images", labels(30, 3)), idxLabels("B-labels", labels(30, 3)),
    idxLabels("answers", labels(30)),
  ]);
  await expect(page.locator("#data-files > li")).toHaveCount(3, { timeout: 30_000 });
  await chooseDevice(page, "gpu");
  await expect(page.locator("#status")).toHaveText(/software adapter|graphics card/, { timeout: 30_000 });
  await expect(page.locator("#data-files > li")).toHaveCount(3);
  expect(await misplaced(page, "B-images")).toBe(0);
  await entry(page, "answers").getByRole("button", { name: "Use for these images" }).click();
  await expect(page.locator("#data-files > li")).toHaveCount(2);
  expect(await misplaced(page, "A-images")).toBe(0);
});

test("labels far rarer than the others are read on request", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  const rows = table({ images: 400 }).trimEnd().split("\n");
  const rare = [...rows, (rows[3] ?? "").replace(/^3,/, "11,")].join("\n");
  await drop(page, "#data-drop", [file("rare.csv", rare)]);
  const item = entry(page, "rare.csv");
  await expect(item.locator(".data-problem")).toBeVisible({ timeout: 30_000 });
  await item.getByRole("button", { name: "Read it with these labels" }).click();
  await expect(item.locator(".data-problem")).toHaveCount(0);
  await expect(item).toContainText("401 images");
  await expect(item).toContainText("12 classes");
});
