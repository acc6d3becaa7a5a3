/** The family chooser: a sentence and a picture for each family, and the settings that belong to it. */
import { issues } from "./helpers/axe.js";
import { expect, test } from "./helpers/test.js";
import { openDetails } from "./helpers/training.js";

test("each family says what it changes, and brings its own settings", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  const presets = page.locator("#settings-presets");
  const families = presets.locator("[data-family]");
  await expect(families.first()).toBeVisible();
  const count = await families.count();
  expect(count).toBeGreaterThan(5);
  for (let index = 0; index < count; index++) {
    await expect(families.nth(index).locator("svg.family-picture > *").first()).toBeAttached();
    await expect(families.nth(index)).toContainText(/\w+: .+\./);
  }
  await openDetails(page.locator("#settings-model"));
  await presets.locator("[value=swin]").check();
  await expect(page.locator("#settings-family [data-key=windows]")).toBeVisible();
  await expect(page.locator("#settings-family [data-key=mlp]")).toHaveCount(0);
  await presets.locator("[value=tiny]").check();
  await expect(page.locator("#settings-family [data-key=mlp]")).toBeVisible();
  await expect(page.locator("#settings-family [data-key=windows]")).toHaveCount(0);
  expect(await issues(page)).toEqual([]);
});

test("no picture is wider than its card on a phone", async ({ page, url }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${url}#train`);
  await expect(page.locator("#settings-presets [data-family]").first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  for (const card of await page.locator("#settings-presets .preset-family").all()) {
    const [picture, text, around] = await Promise.all([card.locator("svg").boundingBox(), card.locator(".preset-text").boundingBox(), card.boundingBox()]);
    if (!picture || !text || !around) throw new Error("a card without a picture or text");
    expect(picture.x + picture.width).toBeLessThanOrEqual(around.x + around.width);
    expect(picture.y + picture.height, "the text stands below the picture").toBeLessThanOrEqual(text.y + 1);
  }
});
