import { file, table } from "./helpers/csv.js";
import { DIGITS } from "./helpers/digits.js";
import { drop } from "./helpers/drop.js";
import { draw } from "./helpers/ink.js";
import { expect, test } from "./helpers/test.js";
import { epochs, openWith } from "./helpers/training.js";
test("shots", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=2;batch_size=16;warmup_epochs=1");
  await drop(page, "#data-drop", [file("animals.csv", table({ header: true, images: 240 })), file("b.csv", "1,2\n3,4"), file(`${"x".repeat(10000)}.csv`, table({ images: 20, unlabelled: true }))]);
  await expect(page.locator("#data-files > li")).toHaveCount(3, { timeout: 30_000 });
  await page.locator("#run-start").click();
  await epochs(page, 2);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  await draw(page, DIGITS[1] ?? []);
  for (const [name, width, height] of [["desktop", 1280, 900], ["phone", 390, 844]] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(300);
      for (const part of ["draw", "data", "results", "how"]) await page.locator(`#${part}`).screenshot({ path: `/tmp/page-wasm/shots/${name}-${colorScheme}-${part}.png` });
    }
  }
});
