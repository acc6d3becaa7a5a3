import { rm, writeFile } from "node:fs/promises";
import { file, table } from "./helpers/csv.js";
import { drop } from "./helpers/drop.js";
import { idxImages, idxLabels } from "./helpers/idx.js";
import { expect, test } from "./helpers/test.js";
import { openWith } from "./helpers/training.js";
import { failTrainer } from "./helpers/worker.js";
test("shots", async ({ page, url, guard }) => {
  test.slow();
  const path = test.info().outputPath("mine.csv");
  await openWith(page, url, "tiny");
  await writeFile(path, table({ images: 100, inverted: true }));
  await page.locator("#data-input").setInputFiles(path);
  const labels = Array.from({ length: 60 }, (_, i) => i % 10);
  await drop(page, "#data-drop", [idxImages("first.idx", labels, 200), idxImages("second.idx", labels), idxLabels("answers.idx", labels)]);
  await expect(page.locator("#data-files > li")).toHaveCount(4, { timeout: 30_000 });
  await rm(path);
  await failTrainer(page, guard);
  await page.locator("#data-files > li.waiting").first().waitFor();
  await page.locator("#data").screenshot({ path: "/tmp/page-wasm/shots/reading.png" });
  await expect(page.locator("#data-files > li.lost")).toHaveCount(1);
  await expect(page.locator("#data-recovering")).toBeHidden();
  await page.locator("#run-start").click();
  await expect(page.locator("#run-failed")).toBeVisible();
  for (const [name, width, height] of [["desktop", 1280, 1400], ["phone", 390, 2200]] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(300);
      await page.locator("#data").screenshot({ path: `/tmp/page-wasm/shots/lost-${name}-${colorScheme}.png` });
      await page.locator("#run").screenshot({ path: `/tmp/page-wasm/shots/lost-run-${name}-${colorScheme}.png` });
    }
  }
});
