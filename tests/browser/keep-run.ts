/**
 * Writes `fixtures/kept-run.json.gz`: a run stored by the current page, and its results after resuming. Run it before a
 * change that old runs must survive: `npx playwright test -c figures.config.ts keep-run`.
 */
import { continued } from "./helpers/continued.js";
import { file, table } from "./helpers/csv.js";
import { drop } from "./helpers/drop.js";
import { dump, writeKeptRun } from "./helpers/kept.js";
import { expect, test } from "./helpers/test.js";
import { epochs, openWith, place } from "./helpers/training.js";

/** Small, with every kind of state: momentum of both optimizers, running average, dropout, augmented images. */
const SETTINGS = "tiny;optimizer=muon;patch_size=4;width=8;depth=2;heads=2;mlp=16;dropout=0.1;qk_norm=yes;stem=2;ema_decay=0.9;"
  + "rotate=10;batch_size=16;warmup_epochs=1;epochs=40";

test("a run is stored halfway, and resumed", async ({ page, url }) => {
  await page.addInitScript(() => localStorage.setItem("patchwork epochs of a run", "1"));
  await openWith(page, url, SETTINGS);
  await drop(page, "#data-drop", [file("rows.csv", table({ images: 100 }))]);
  await expect(page.locator("#data-summary")).toBeVisible();
  await page.locator("#run-start").click();
  await epochs(page, 3);
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  expect((await place(page)).epoch, "in its middle").toBeLessThan(40);
  await expect(page.locator("#run-saved")).toHaveText(/\d/);
  await page.reload();
  await expect(page.locator("#run-kept")).toContainText("Your run");
  const kept = await dump(page);
  await page.locator("#run-kept-resume").click();
  writeKeptRun({ dump: kept, ...(await continued(page)) });
});
