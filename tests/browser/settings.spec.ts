/** Settings: impossible ones are refused with the reason, and a link carries them. */
import { file, table } from "./helpers/csv.js";
import { drop } from "./helpers/drop.js";
import { expect, test } from "./helpers/test.js";
import { text } from "./helpers/training.js";

test("the parameter count follows the settings, and an impossible one is refused with its reason", async ({ page, url }) => {
  await page.goto(url);
  await page.locator("#settings-presets [value=tiny]").check();
  await expect(page.locator("#figure-parameters")).toHaveText("139,018");
  await page.locator("#settings-model summary").click();
  await page.locator("#set-depth").fill("2");
  await expect(page.locator("#figure-parameters")).not.toHaveText("139,018");
  expect(Number((await text(page, "#figure-parameters")).replaceAll(",", ""))).toBeLessThan(139_018);
  await page.locator("#set-depth").fill("0");
  await expect(page.locator("#settings-problem")).toBeVisible();
  await expect(page.locator("#settings-problem-text")).toHaveText(/depth/i);
  await page.locator("#set-depth").fill("4");
  await expect(page.locator("#settings-problem")).toBeHidden();
});

test("a link carries the settings and nothing else", async ({ page, context, url }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`${url}#s=small;epochs=7;rotate=12;thickness=1.2;builtin_digits=500`);
  await expect(page.locator("#settings-presets [value=small]")).toBeChecked();
  await expect(page.locator("#set-epochs")).toHaveValue("7");
  await expect(page.locator("#set-rotate")).toHaveValue("12");
  await expect(page.locator("#set-thickness")).toHaveValue("1.2");
  await expect(page.locator("#set-builtin_digits")).toHaveValue("500");
  await page.locator("#settings-link").click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(`${url}#s=small;epochs=7;rotate=12;thickness=1.2;builtin_digits=500`);
});

test("too few images are said as soon as they are brought, and Start repeats it", async ({ page, url }) => {
  await page.goto(url);
  await drop(page, "#data-drop", [file("few.csv", table({ images: 3 }))]);
  await expect(page.locator("#data-files > li")).toHaveCount(1, { timeout: 30_000 });
  await expect(page.locator("#settings-problem-text")).toHaveText(/to validate/);
  await page.locator("#run-start").click();
  await expect(page.locator("#run-notices")).toContainText(/more images/);
  await expect(page.locator("#run-state")).not.toHaveText("Training.");
  await drop(page, "#data-drop", [file("more.csv", table({ images: 200 }))]);
  await expect(page.locator("#settings-problem")).toBeHidden();
});

test("built-in digits beside a few images fill a batch", async ({ page, url }) => {
  await page.goto(`${url}#s=tiny;batch_size=64`);
  await drop(page, "#data-drop", [file("small.csv", table({ images: 70 }))]);
  await expect(page.locator("#settings-problem-text")).toHaveText(/batch of 64/, { timeout: 30_000 });
  await page.goto(`${url}#s=tiny;batch_size=64;builtin_digits=500`);
  await expect(page.locator("#settings-problem")).toBeHidden();
});
