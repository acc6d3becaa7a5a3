/** Settings: impossible ones are refused with the reason, and a link carries them. */
import { file, table } from "./helpers/csv.js";
import { drop } from "./helpers/drop.js";
import { expect, test } from "./helpers/test.js";
import { text, openDetails } from "./helpers/training.js";

test("the parameter count follows the settings, and impossible ones are refused with a reason", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  await page.locator("#settings-presets [value=tiny]").check();
  await expect(page.locator("#figure-parameters")).toHaveText("139,018");
  await openDetails(page.locator("#settings-model"));
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

test("too few images are reported as soon as they are added, and again at Start", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  await drop(page, "#data-drop", [file("few.csv", table({ images: 3 }))]);
  await expect(page.locator("#data-files > li")).toHaveCount(1, { timeout: 30_000 });
  await expect(page.locator("#settings-problem-text")).toHaveText(/to validate/);
  await page.locator("#run-start").click();
  await expect(page.locator("#run-notices")).toContainText(/more images/);
  await expect(page.locator("#run-state")).not.toHaveText("Training.");
  await drop(page, "#data-drop", [file("more.csv", table({ images: 200 }))]);
  await expect(page.locator("#settings-problem")).toBeHidden();
});

test("built-in digits added to a few images fill a batch", async ({ page, url }) => {
  await page.goto(`${url}#s=tiny;batch_size=64`);
  await drop(page, "#data-drop", [file("small.csv", table({ images: 70 }))]);
  await expect(page.locator("#settings-problem-text")).toHaveText(/batch of 64/, { timeout: 30_000 });
  await page.goto(`${url}#s=tiny;batch_size=64;builtin_digits=500`);
  await expect(page.locator("#settings-problem")).toBeHidden();
});

test("a model too large for memory is refused with its true size, as natively", async ({ page, url }) => {
  await page.goto(`${url}#s=tiny;width=4096;depth=64;mlp=16384`);
  await expect(page.locator("#settings-problem-text")).toHaveText("12888637450 parameters are more than 200000000.");
  await expect(page.locator("#set-width")).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator("#figure-parameters")).toHaveText("–");
  await page.locator("#run-start").click();
  await expect(page.locator("#run-notices")).toContainText("12888637450 parameters");
});

test("a run too large for a tab is refused before the start, with the size and what to do", async ({ page, url }) => {
  await page.goto(`${url}#s=tiny;width=1024;heads=4;depth=12;mlp=4096`);
  await openDetails(page.locator("#settings-device"));
  await page.locator("#settings-device input[value=cpu]").check();
  await expect(page.locator("#settings-problem-text")).toHaveText(/about [\d.]+ GB of memory; a browser tab can hold 4\.3 GB/);
  await page.locator("#run-start").click();
  await expect(page.locator("#run-notices")).toContainText("smaller model");
  await expect(page.locator("#run-state")).not.toHaveText("Training.");
});

test("numbers out of range are refused with the range, are not stored, and are not blamed on the page's version", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  await openDetails(page.locator("#settings-model"));
  await page.locator("#set-width").fill("128");
  for (const value of ["4294967296", "4294967360", "1e20", "-5", "64.5", "5000"]) {
    await page.locator("#set-width").fill(value);
    await expect(page.locator("#set-width-problem")).toContainText("Width must be a whole number from 1 to 4,096");
    await expect(page.locator("#settings-problem-text")).not.toContainText(/version|reload/i);
  }
  await page.reload();
  await expect(page.locator("#settings-problem")).toBeHidden();
  await expect(page.locator("#set-width")).toHaveValue("128");
});

test("a link's out-of-range numbers and overlong keys are dropped with a brief notice", async ({ page, url }) => {
  const long = "k".repeat(160_000);
  await page.setViewportSize({ width: 360, height: 720 });
  await page.goto(`${url}#s=tiny;epochs=4294967297;${long}=1;width=${"9".repeat(160_000)};depth=3`);
  await expect(page.locator("#set-depth")).toHaveValue("3");
  await expect(page.locator("#settings-said")).toContainText("out of range: epochs=4294967297, kkkk");
  expect((await text(page, "#settings-said")).length).toBeLessThan(300);
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(widths[0]).toBe(widths[1]);
  await page.goto("about:blank");
  await page.goto(`${url}#train`);
  await expect(page.locator("#set-depth")).toHaveValue("3");
  await expect(page.locator("#set-epochs")).toHaveValue("10");
});

test("the form's ranges equal the engine's", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  await expect(page.locator("#set-width")).toHaveAttribute("max", "4096");
  const ranges = await page.locator("#settings input[id^=set-]:not([type=checkbox])").evaluateAll((inputs) =>
    inputs.map((input) => [input.id, input.getAttribute("min"), input.getAttribute("max")]));
  expect(ranges.length).toBeGreaterThan(20);
  for (const [id, min, max] of ranges) expect(min !== null && max !== null, `${id}: ${min} to ${max}`).toBe(true);
});
