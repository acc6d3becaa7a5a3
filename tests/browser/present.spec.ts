/** The presentation for models that are no plain Vision Transformers, and addresses of their stages. */
import type { Page } from "@playwright/test";
import { DIGITS } from "./helpers/digits.js";
import { draw, painting, ready } from "./helpers/ink.js";
import { load, modelFile } from "./helpers/models.js";
import { expect, test } from "./helpers/test.js";
import { text } from "./helpers/training.js";

interface Slide {
  title: string;
  words: string;
  /** A hash of the picture; 0 if it is empty. */
  picture: number;
}

/** Steps through the whole presentation. */
async function slides(page: Page): Promise<Slide[]> {
  await expect(page.locator("#present-title")).toHaveText("28×28 pixels", { timeout: 30_000 });
  const count = Number((await text(page, "#present-place")).split("/")[1]);
  const seen: Slide[] = [];
  for (let step = 0; step < count; step++) {
    await expect(page.locator("#present-place")).toHaveText(`${step + 1} / ${count}`);
    // The picture follows at most every 100 ms.
    await page.waitForTimeout(150);
    seen.push({
      title: await text(page, "#present-title"),
      words: await text(page, "#present-words"),
      picture: await painting(page, "#present-picture"),
    });
    await page.keyboard.press("ArrowRight");
  }
  for (let step = 1; step < count; step++) await page.keyboard.press("ArrowLeft");
  return seen;
}

/** What some of the steps of a family say, by their titles. */
const FAMILIES: Record<string, [title: RegExp, words: RegExp][]> = {
  deit: [[/^\d+×\d+ tokens$/, /The image is cut up/], [/^Block 1: \d heads/, /^The class token reads mostly from the warm places/]],
  convit: [[/^Block 1: \d heads/, /by where they lie\. Where they lie makes up (\d+\.\d %, )+\d+\.\d %/]],
  pvt: [[/^Block 1: /, /warm areas, each put together from several tokens/]],
  swin: [
    [/^Stage 2: \d+×\d+ tokens$/, /Four neighbouring tokens at a time are merged/],
    [/^Block 1: /, /own window alone\. /], [/^Block 2: /, /own window alone, here moved by 3 tokens/],
  ],
  cvt: [[/^Block 1: /, /^All tokens together read mostly from the warm areas, each put together from several tokens/]],
  coatnet: [[/^Block 1: \d+ channels$/, /^No attention/], [/^Over the blocks of the last stage$/, /draws most/]],
  cct: [[/^In the answer$/, /how much each token counts/]],
  linear: [[/^Block 1: /, /never forms these weights/]],
  performer: [[/^Block 1: /, /never forms these weights/]],
  linformer: [[/^Block 1: /, /learned mixtures of all tokens/]],
  cnn: [[/^Block 1: 6 channels$/, /^No attention/]],
};

test("the presentation shows every family, block by block", async ({ page, url }) => {
  test.slow();
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(url);
  await ready(page);
  await draw(page, DIGITS[3] ?? []);
  for (const [family, expected] of Object.entries(FAMILIES)) {
    await test.step(family, async () => {
      await load(page, family, modelFile(family));
      await page.getByRole("link", { name: "Present" }).click();
      const seen = await slides(page);
      for (const [title, words] of expected) expect(seen.find((slide) => title.test(slide.title))?.words, `${title}`).toMatch(words);
      expect(seen.at(-1)?.title).toBe("The answer");
      expect(seen.filter(({ picture, words }) => picture === 0 || words === ""), "an empty step").toEqual([]);
      // A block that has no picture of its own shows the areas of its stage's tokens.
      const blocks = seen.filter(({ title }) => title.startsWith("Block")).map(({ picture }) => picture);
      expect(new Set(blocks).size, `different pictures, ${JSON.stringify(seen)}`).toBe(family === "linformer" ? 1 : blocks.length);
      expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight), "nothing to scroll").toBeLessThanOrEqual(0);
      await page.keyboard.press("Escape");
    });
  }
});

test("another model on the canvas has steps of its own, and another drawing its own pictures", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  await draw(page, DIGITS[3] ?? []);
  await load(page, "swin", modelFile("swin"));
  await page.goto(`${url}#present`);
  await expect(page.locator("#present-place")).toHaveText(/^1 \/ \d+$/);
  for (let step = 0; step < 2; step++) await page.keyboard.press("ArrowRight");
  await expect(page.locator("#present-title")).toHaveText(/^Block 1: /);
  await page.waitForTimeout(150);
  const three = await painting(page, "#present-picture");
  await page.keyboard.press("7");
  await expect.poll(() => painting(page, "#present-picture")).not.toBe(three);
  await page.evaluate(() => document.querySelector<HTMLInputElement>("#model-switch input[value=shipped]")?.click());
  await expect(page.locator("#present-title")).toHaveText("49 patches");
});

test("the address of a stage opens Inside, also where the model has not come yet", async ({ page, url }) => {
  await page.goto(`${url}#inside-stage-2`);
  await ready(page);
  const view = (): Promise<string | null> => page.locator("html").getAttribute("data-view");
  expect(await view()).toBe("inside");
  expect(new URL(page.url()).hash).toBe("#inside-stage-2");
  await page.reload();
  await ready(page);
  expect(await view()).toBe("inside");
  await expect(page.locator("#inside")).toBeVisible();
});
