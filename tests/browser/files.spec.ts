/** Large files and files without labels: reading can be cancelled, and predictions can be saved. */
import { file, table } from "./helpers/csv.js";
import { download } from "./helpers/download.js";
import { drop, largeFile } from "./helpers/drop.js";
import { expect, test } from "./helpers/test.js";
import { epochs, openWith, text } from "./helpers/training.js";

test("reading a large file is cancelled, and the next one is read", async ({ page, url }) => {
  test.slow();
  await page.goto(`${url}#train`);
  const bar = page.locator("#data-reading-progress");
  // Clicked within the page as soon as a fifth is read: all of it takes a second or two.
  await bar.evaluate((element) => {
    const text = document.getElementById("data-reading-text");
    const watcher = new MutationObserver(() => {
      const { value } = element as HTMLProgressElement;
      if (value < 0.2) return;
      watcher.disconnect();
      element.dataset["pressed"] = String(value);
      document.getElementById("data-cancel")?.click();
    });
    if (text) watcher.observe(text, { childList: true });
  });
  const dataTransfer = await largeFile(page, "large.csv", table({ images: 1000 }), 120);
  await page.locator("#data-drop").dispatchEvent("drop", { dataTransfer });
  await expect(bar).toHaveAttribute("data-pressed", /./, { timeout: 30_000 });
  await expect(page.locator("#data-reading")).toBeHidden();
  const [pressed, reached] = await bar.evaluate((element) =>
    [Number(element.dataset["pressed"]), (element as HTMLProgressElement).value]);
  expect((reached ?? 1) - (pressed ?? 0), "the share that was read after all").toBeLessThan(0.2);
  await expect(page.locator("#data-files > li")).toHaveCount(0);
  await drop(page, "#data-drop", [file("small.csv", table())]);
  await expect(page.locator("#data-files > li")).toHaveCount(1, { timeout: 30_000 });
  expect(await text(page, "#data-files")).toContain("40 images");
  expect(await text(page, "#data-files")).not.toContain("large.csv");
});

test("a file without labels is predicted, row by row", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=8;batch_size=16;warmup_epochs=1");
  await drop(page, "#data-drop", [
    file("known.csv", table({ header: true, images: 300 })),
    file("unknown.csv", table({ header: true, unlabelled: true, images: 57 })),
  ]);
  await expect(page.locator("#data-files > li")).toHaveCount(2, { timeout: 30_000 });
  await page.locator("#run-start").click();
  await epochs(page, 8);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  const { name, bytes } = await download(page.getByRole("button", { name: "Predictions for unknown.csv (CSV)" }));
  expect(name).toBe("submission-unknown-csv.csv");
  const [header, ...rows] = bytes.toString("utf8").trimEnd().split(/\r?\n/);
  expect(header).toBe("ImageId,Label");
  expect(rows.map((row) => Number(row.split(",")[0]))).toEqual(Array.from({ length: 57 }, (_, i) => i + 1));
  for (const row of rows) expect(row).toMatch(/^\d+,[0-9]$/);
  // The images are sorted by class, and each class is easily recognised.
  const right = rows.filter((row, i) => Number(row.split(",")[1]) === i % 10).length;
  expect(right, "correct predictions").toBeGreaterThan(45);
});
