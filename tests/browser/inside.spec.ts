/**
 * Inside for models that are no plain Vision Transformers: where each looks and how it is built, in what is true for its
 * structure.
 */
import type { Page } from "@playwright/test";
import { issues } from "./helpers/axe.js";
import { DIGITS } from "./helpers/digits.js";
import { draw, painting, ready } from "./helpers/ink.js";
import { load, modelFile } from "./helpers/models.js";
import { expect, test } from "./helpers/test.js";
import { builtin, epochs, openWith, text } from "./helpers/training.js";
import { openView } from "./helpers/views.js";

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1440, height: 900 };

/** Puts a small model of a family on the canvas, under a drawn 3, and shows Inside. */
async function opened(page: Page, url: string, family: string): Promise<void> {
  await page.setViewportSize(DESKTOP);
  await page.goto(url);
  await ready(page);
  await draw(page, DIGITS[3] ?? []);
  await load(page, family, modelFile(family));
  await expect(page.locator(".structure-look .structure-strip")).toBeAttached({ timeout: 30_000 });
  await expect(page.locator("#how-title")).toBeVisible();
}

const sentence = (page: Page): Promise<string> => text(page, "#structure-sentence");

test("Swin: a token reads only from its window, which moves from block to block", async ({ page, url }) => {
  await opened(page, url, "swin");
  const look = page.locator(".structure-look");
  await expect(look.getByRole("radio", { name: /^Block \d, mean/ })).toHaveCount(4);
  await look.getByRole("radio", { name: "Block 1, mean of its heads" }).click();
  await look.getByLabel("a token").check();
  await look.getByLabel("row").selectOption("7");
  await look.getByLabel("column").selectOption("7");
  await expect.poll(() => sentence(page)).toMatch(/^Block 1, mean of 2 heads \(the token in row 7, column 7\): attention .* It comes only from the window, which is framed: 49 tokens/);
  const still = await painting(page, ".structure-look .see-picture");
  await look.getByRole("radio", { name: "Block 2, mean of its heads" }).click();
  await expect.poll(() => sentence(page)).toMatch(/^Block 2, .*\(the token in row 7, column 7\): attention/);
  await expect(look.locator(".see-caution")).toContainText("The windows of this block are moved");
  expect(await painting(page, ".structure-look .see-picture")).not.toBe(still);
  // The next stage has half as many rows, and the same place on the ink is kept.
  await look.getByRole("radio", { name: "Block 3, mean of its heads" }).click();
  await expect(look.getByLabel("row")).toHaveValue("4");
  await expect(page.locator("#inside-stage-1")).toContainText("own window of 7×7 tokens. In every second block the windows are moved");
  await expect(page.locator("#inside-stage-2")).toContainText("Four neighbouring tokens at a time are merged into one");
  for (const hidden of ["#inside-patches", "#inside-tokens", "#inside-blocks", "#see-picture"]) {
    await expect(page.locator(hidden)).toBeHidden();
  }
  await expect(page.locator(".structure-flow li")).toHaveCount(4);
  // Back to the shipped model: its own views return.
  await page.locator("#model-switch input[value=shipped]").check();
  await expect(page.locator("#see-picture")).toBeVisible();
  await expect(page.locator(".structure-look")).toBeHidden();
});

test("a model in training is shown, too", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "swin;width=8;epochs=1;batch_size=64");
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 1, 120_000);
  await draw(page, DIGITS[3] ?? []);
  await openView(page, "inside");
  await expect(page.locator("#inside-stage-1")).toContainText("own window of 7×7 tokens");
  await expect.poll(() => sentence(page)).toMatch(/^Over the blocks of the last stage \(all tokens together\): .*row \d, column \d/);
});

test("ConViT: its gates move while it trains, and its sections stay in place", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "convit;batch_size=32;epochs=2");
  await builtin(page);
  await draw(page, DIGITS[3] ?? []);
  await page.locator("#run-start").click();
  await openView(page, "inside");
  await page.locator(".structure-look").getByRole("radio", { name: "Block 1, head 1" }).click({ timeout: 60_000 });
  const stage = page.locator("#inside-stage-1");
  await stage.evaluate((element) => element.setAttribute("data-kept", "yes"));
  const share = async (): Promise<string> => /Where tokens lie makes up ([\d.]+ %)/.exec(await sentence(page))?.[1] ?? "";
  await expect.poll(share).toMatch(/\d/);
  const first = await share();
  await expect.poll(share, { timeout: 60_000 }).not.toBe(first);
  await expect(stage).toHaveAttribute("data-kept", "yes");
  // On a phone and back: every heading still folds its own section.
  await page.setViewportSize(PHONE);
  await expect(stage.locator("h3 button")).toHaveCount(1);
  await page.setViewportSize(DESKTOP);
  await expect(stage.locator("h3 button")).toHaveCount(0);
});

test("PVT: keys are areas of several tokens", async ({ page, url }) => {
  await opened(page, url, "pvt");
  await page.locator(".structure-look").getByRole("radio", { name: "Block 1, mean of its heads" }).click();
  await expect.poll(() => sentence(page)).toMatch(/^Block 1, .*: attention .*area.* row \d, column \d/);
  await expect(page.locator("#inside-stage-1")).toContainText(/from \d+×\d+ areas of \d+×\d+ pixels/);
});

test("DeiT: class token and distillation token are chosen separately", async ({ page, url }) => {
  await opened(page, url, "deit");
  const look = page.locator(".structure-look");
  await expect.poll(() => sentence(page)).toMatch(/\(the class token\): .*class and distillation tokens, which are not in the picture/);
  const ofClass = await painting(page, ".structure-look .see-picture");
  await look.getByLabel("the distillation token").check();
  await expect.poll(() => sentence(page)).toMatch(/\(the distillation token\): /);
  expect(await painting(page, ".structure-look .see-picture")).not.toBe(ofClass);
  await expect(page.locator("#inside-answer")).toContainText("The answer is the mean of both");
});

test("linear attention: the implied weights, and why the model never computes them", async ({ page, url }) => {
  await opened(page, url, "linear");
  const look = page.locator(".structure-look");
  await look.getByRole("radio", { name: "Block 2, head 1" }).click();
  await expect.poll(() => sentence(page)).toMatch(/^Block 2, head 1 \(the class token\): attention/);
  await expect(look.locator(".see-caution")).toContainText("This model never forms these weights");
});

test("Linformer: no picture, and why, where it would be", async ({ page, url }) => {
  await opened(page, url, "linformer");
  const look = page.locator(".structure-look");
  await expect(look.locator(".see-picture")).toBeHidden();
  await expect(look.locator(".see-figure .structure-why")).toContainText("learned mixtures of all tokens");
  await expect(look.getByRole("radio")).toHaveCount(0);
});

test("CNN: what its channels hold; on a phone Inside is short, and nothing is wider than the window", async ({ page, url }) => {
  await opened(page, url, "cnn");
  const look = page.locator(".structure-look");
  await expect.poll(() => sentence(page)).toMatch(/no attention.* Block 1 holds 6 channels on a map of 14×14 places/);
  await expect(look.getByRole("radio")).toHaveCount(4);
  const first = await painting(page, ".structure-look .see-picture");
  await look.getByRole("radio", { name: "Block 3, channels" }).click();
  await expect.poll(() => sentence(page)).toMatch(/Block \d holds 12 channels on a map of 7×7 places/);
  expect(await painting(page, ".structure-look .see-picture")).not.toBe(first);
  for (const size of [DESKTOP, PHONE]) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await issues(page), `${size.width}, ${colorScheme}`).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  }
});

test("CCT: how much each token counts in the answer", async ({ page, url }) => {
  await opened(page, url, "cct");
  await page.locator(".structure-look").getByRole("radio", { name: "How much each token counts in the answer" }).click();
  await expect.poll(() => sentence(page)).toMatch(/In the answer, the token in row \d, column \d counts most/);
  await expect(page.locator("#inside-stage-1")).toContainText("Each is followed by pooling");
});

test("on a phone the steps open by their headings and by links", async ({ page, url }) => {
  await page.setViewportSize(PHONE);
  await page.goto(url);
  await ready(page);
  await openView(page, "inside");
  const length = await page.evaluate(() => document.documentElement.scrollHeight);
  expect(length, "pixels of Inside").toBeLessThan(5200);
  const tokens = page.locator("#inside-tokens");
  await expect(tokens.locator("canvas")).toBeHidden();
  await tokens.getByRole("button", { name: "Tokens" }).click();
  await expect(tokens.locator("canvas")).toBeVisible();
  await expect(tokens.getByRole("button", { name: "Tokens" })).toHaveAttribute("aria-expanded", "true");
  await page.locator('#flow a[href="#inside-blocks"]').click();
  await expect(page.locator("#how-attention")).toBeVisible();
  // Nothing to press on a wide screen, where all is shown.
  await page.setViewportSize(DESKTOP);
  await expect(page.locator(".how-fold")).toHaveCount(0);
  await expect(page.locator("#how-patches")).toBeVisible();
});
