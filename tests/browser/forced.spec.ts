/** With forced colours, everything that is encoded by colour stays visible. */
import type { Locator, Page } from "@playwright/test";
import { DIGITS } from "./helpers/digits.js";
import { draw, ready } from "./helpers/ink.js";
import { contrast, isColoured, shades } from "./helpers/pixels.js";
import { expect, test } from "./helpers/test.js";
import { openView } from "./helpers/views.js";
import { builtin, epochs, openWith } from "./helpers/training.js";

/** The contrast that graphics need with their background. */
const VISIBLE = 3;

/** The highest contrast between the colours of an element and its most frequent one. */
async function visible(element: Locator, what: string, least = 0.02): Promise<void> {
  const [ground, ...others] = await shades(element, least);
  const best = Math.max(0, ...others.map((other) => (ground ? contrast(ground, other) : 0)));
  expect(best, what).toBeGreaterThanOrEqual(VISIBLE);
}

/** The colour in the middle of an element, as a string for comparison. */
async function middle(element: Locator): Promise<string> {
  const [first] = await shades(element, 0.3);
  return first ? `${first.red} ${first.green} ${first.blue}` : "none";
}

async function distinct(elements: Locator[], what: string): Promise<void> {
  const colours = await Promise.all(elements.map(middle));
  expect(new Set(colours).size, `${what}: ${colours.join(" | ")}`).toBe(elements.length);
  expect(colours, what).not.toContain("none");
}

async function check(page: Page): Promise<void> {
  await openView(page, "inside");
  await visible(page.locator("#top .bar.leading .bar-track"), "the leading probability");
  const empty = await shades(page.locator("#top .bar:not(.leading) .bar-track").last());
  const full = await shades(page.locator("#top .bar.leading .bar-track"));
  expect(full[0], "a full bar does not look like an empty one").not.toEqual(empty[0]);
  expect((await shades(page.locator("#stage"), 0.005)).filter(isColoured).length, "the overlay").toBeGreaterThan(3);
  expect((await shades(page.locator("#see-scale"), 0.001)).length, "the scale of attention").toBeGreaterThan(50);
  await distinct([page.locator("#model-switch label").first(), page.locator("#model-switch label").nth(1)], "the chosen model");
  expect((await shades(page.locator(".how-scores tr.first .how-logit"))).length, "logits").toBeGreaterThan(1);

  await openView(page, "train");
  for (const part of ["train", "validation", "test"]) await visible(page.locator(`.key.${part}`), `the key of ${part}`);
  const kinds = ["train", "validation", "test"];
  await distinct(kinds.map((part) => page.locator(`#data-bar-${part}`)), "the split");
  await distinct(kinds.map((part) => page.locator(`.data-histogram .bar:first-child .piece.${part}`)), "the histogram");
  await visible(page.locator("#run-total-bar"), "progress");
  const swatches = await page.locator(".chart-swatch").all();
  expect(swatches.length).toBeGreaterThanOrEqual(6);
  for (const swatch of swatches) {
    const colour = await swatch.evaluate((one) => getComputedStyle(one).borderTopColor);
    expect(colour, "a swatch has the colour of its line").not.toBe(await page.evaluate(() => getComputedStyle(document.body).color));
  }
  for (const selector of ["#run-loss canvas", "#run-accuracy canvas"]) {
    expect((await shades(page.locator(selector), 0.0005)).some(isColoured), selector).toBe(true);
  }
  expect((await shades(page.locator(".confusion-scale"), 0.001)).length, "the scale of mistakes").toBeGreaterThan(30);
  const mistakes = page.locator("#results-confusion td[data-label]:not(.diagonal):not(.none)");
  await distinct([mistakes.first(), page.locator("#results-confusion td.none").first()], "a mistake and no mistake");
  await page.locator(".runs-tick input").first().check();
  await expect(page.locator("#runs-compare")).toBeVisible();
  await distinct([page.locator(".runs-swatch").first(), page.locator("#runs")], "the swatch of a run");
  await page.locator(".runs-tick input").first().uncheck();
}

test("bars, swatches, heat and progress are visible with forced colours", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=4;batch_size=32");
  await ready(page);
  await draw(page, DIGITS[2] ?? []);
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 2);
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText(/Paused|Finished/);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ forcedColors: "active", colorScheme });
    await test.step(colorScheme, () => check(page));
  }
});
