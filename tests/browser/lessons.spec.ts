/** Guided lessons, on a desktop and on a phone; links that open a drawing, a head and a lesson. */
import type { Page } from "@playwright/test";
import { issues } from "./helpers/axe.js";
import { DIGITS } from "./helpers/digits.js";
import { answer, draw, ready, settled } from "./helpers/ink.js";
import { shiftsOf } from "./helpers/shifts.js";
import { expect, test } from "./helpers/test.js";
import { builtin, openWith } from "./helpers/training.js";
import { openView } from "./helpers/views.js";

const PHONE = { width: 390, height: 844 };

/** Opens a lesson from the list, by its place there. */
async function openLesson(page: Page, number: number): Promise<void> {
  await page.locator("[data-lessons]:visible").click();
  // The lessons are fetched when they are first opened.
  const [list, back] = [page.locator(".lessons-list"), page.locator(".lessons-back")];
  await expect(list.or(back).filter({ visible: true }).first()).toBeVisible();
  if (!(await list.isVisible())) await back.click();
  await page.locator(".lessons-list button").nth(number - 1).click();
}

/** The percentages in the answer of the lesson. */
async function shares(page: Page): Promise<number[]> {
  const text = await page.locator(".lessons-answer").textContent();
  return [...(text ?? "").matchAll(/([\d.]+)\u00a0%/g)].map(([, number]) => Number(number));
}

async function clearAndDraw(page: Page, digit: number): Promise<void> {
  await page.locator("#clear").click();
  await draw(page, DIGITS[digit] ?? []);
}

test("a whole lesson on a desktop: the order of the patches, with the person's own numbers", async ({ page, url }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(url);
  await ready(page);
  await openLesson(page, 2);
  await expect(page.locator("#lessons-title")).toBeFocused();
  await expect(page.locator(".lessons-next")).toHaveText("Skip");
  const moved = await shiftsOf(page, async () => {
    await clearAndDraw(page, 3);
    await expect(page.locator(".lessons-answer")).toHaveText(/The model predicts 3: (>\u00a099\.9|9\d\.\d)\u00a0%/);
  });
  expect(moved).toBeLessThanOrEqual(0.01);
  // Said once, when it rests.
  await expect(page.locator("#lessons [role=status]")).toHaveText(/The model predicts 3/);

  const before = await answer(page);
  await page.locator(".lessons-next").click();
  await expect(page.locator(".lessons-step")).toHaveText("2 / 3");
  await expect(page.locator("#lessons [role=status]")).toHaveText(/^Step 2 of 3\. Shuffle/);
  await page.locator("#lessons").getByRole("button", { name: "Shuffle the patches" }).click();
  await expect(page.locator(".lessons-answer")).toHaveText(/^The same 49 patches, shuffled/);
  await settled(page);
  const shown = await answer(page);
  const told = await shares(page);
  // What the card says of the 3, before and after, is what the bars said.
  expect(before.bars[3]).toBeGreaterThan(90);
  expect(told[1]).toBeCloseTo(shown.bars[3] ?? Number.NaN, 1);
  if (shown.digit !== 3) expect(told[2]).toBeCloseTo(shown.bars[shown.digit ?? 0] ?? Number.NaN, 1);

  await page.locator(".lessons-next").click();
  await page.locator("#undo").click();
  await expect(page.locator(".lessons-answer")).toHaveText(/^3 has .* again\. .*convolutions also look across/);
  expect((await answer(page)).bars).toEqual(before.bars);
  await page.locator(".lessons-next").click();
  await expect(page.locator("#lessons-title")).toHaveText("Lessons");
  await expect(page.locator(".lessons-list button").nth(1)).toContainText("done");
  expect(await issues(page)).toEqual([]);
});

test("a lesson on a phone is left and taken up again; the card does not cover the canvas", async ({ page, url }) => {
  await page.setViewportSize(PHONE);
  await page.goto(url);
  await ready(page);
  await page.locator("[data-lessons]:visible").scrollIntoViewIfNeeded();
  await openLesson(page, 3);
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  const boxes = await Promise.all(["#lessons", "#stage", "#clear", "#answer-class"].map((one) => page.locator(one).boundingBox()));
  for (const box of boxes.slice(1)) expect((box?.y ?? 999) + (box?.height ?? 999)).toBeLessThanOrEqual(boxes[0]?.y ?? 0);
  expect((boxes[0]?.y ?? 0) + (boxes[0]?.height ?? 0)).toBeLessThanOrEqual(PHONE.height);

  await clearAndDraw(page, 8);
  await expect(page.locator(".lessons-answer")).toHaveText(/^Over all 4 blocks .* An equal share is 2\.0/);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    expect(await issues(page), colorScheme).toEqual([]);
  }
  await page.locator(".lessons-next").click();
  await page.reload();
  await ready(page);
  await page.locator("[data-lessons]:visible").click();
  await expect(page.locator("#lessons-title")).toHaveText("Where does the model look?");
  await expect(page.locator(".lessons-step")).toHaveText("2 / 3");

  const moved = await shiftsOf(page, async () => {
    await page.locator("#lessons").getByRole("link", { name: "Show me where" }).click();
    await page.getByRole("radio", { name: "Block 1, mean of its heads" }).click();
    await expect(page.locator(".lessons-answer")).toHaveText(/half of the attention of the class token .* on \d+ of 49 patches/);
    await page.locator(".lessons-next").click();
    await page.getByRole("radio", { name: "Block 4, mean of its heads" }).click();
    await expect(page.locator(".lessons-answer")).toHaveText(/^In block 4 half of the attention lies on \d+ patches/);
  });
  expect(moved).toBeLessThanOrEqual(0.01);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await page.locator(".lessons-next").click();
  await expect(page.locator(".lessons-step")).toHaveText("1 / 10");
});

for (const width of [390, 320]) {
  test(`the lessons are reached from every view of a phone, and the header keeps its height (${width} px)`, async ({ page, url }) => {
    await page.setViewportSize({ width, height: 700 });
    await page.goto(url);
    await ready(page);
    const height = (): Promise<number> => page.locator("#header").evaluate((header) => header.clientHeight);
    const usual = await height();
    for (const view of ["draw", "inside", "train"] as const) {
      await openView(page, view);
      expect(await height(), view).toBe(usual);
      const button = page.locator("[data-lessons]:visible");
      await button.click();
      await expect(page.locator("#lessons-title")).toBeFocused();
      await page.keyboard.press("Escape");
      await expect(button).toBeFocused();
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
  });
}

test("the lesson on augmentation answers to the settings", async ({ page, url }) => {
  await page.goto(`${url}#settings-augment`);
  await ready(page);
  await openLesson(page, 9);
  await expect(page.locator(".lessons-ask")).toHaveText(/It is 10° now/);
  await page.locator("#lessons").getByRole("link", { name: "Show me where" }).click();
  await page.locator("#set-rotate").fill("25");
  await expect(page.locator(".lessons-answer")).toHaveText(/turned by up to 25°.* in 10 epochs the model sees 10 versions/);
  await page.locator(".lessons-next").click();
  await page.locator("#set-flip_horizontal").check();
  await expect(page.locator(".lessons-answer")).toHaveText(/a mirrored 5 looks like a 2/);
  await page.locator(".lessons-next").click();
  await page.locator("#set-flip_horizontal").uncheck();
  await expect(page.locator(".lessons-answer")).toHaveText(/^Good/);
});

test("the lesson on training waits for a run and its first epoch", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=2;batch_size=32");
  await ready(page);
  await builtin(page);
  await openLesson(page, 7);
  await clearAndDraw(page, 3);
  await expect(page.locator(".lessons-answer")).toHaveText(/predicts 3/);
  await page.locator(".lessons-next").click();
  await page.locator("#lessons").getByRole("link", { name: "Show me where" }).click();
  await page.locator("#run-start").click();
  await expect(page.locator(".lessons-answer")).toHaveText(/[\d,]+ parameters are being adjusted to [\d,]+ training images\. .* 10\.0/,
    { timeout: 30_000 });
  await page.locator(".lessons-next").click();
  await expect(page.locator(".lessons-answer")).toHaveText(/^After epoch \d the model is right for [\d.]+.% of the images/, { timeout: 60_000 });
});

test("the lesson on cost has the engine's figures for both patch sizes", async ({ page, url }) => {
  await page.goto(`${url}#s=tiny`);
  await ready(page);
  await openLesson(page, 10);
  await expect(page.locator(".lessons-ask")).toHaveText(/It is 7×7 now/);
  await page.locator("#lessons").getByRole("link", { name: "Show me where" }).click();
  await page.locator("#set-patch_size").fill("4");
  await expect(page.locator(".lessons-answer")).toHaveText(/^Patches of 4×4 instead of 7×7 pixels: 50 tokens instead of 17, 2,500 pairs/);
  await page.locator(".lessons-next").click();
  await page.locator("#set-patch_size").fill("7");
  await expect(page.locator(".lessons-answer")).toHaveText(/^17 tokens and .* million multiply-adds again/);
});

test("a copied link opens the drawing, the head and the lesson elsewhere", async ({ page, browser, url, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`${url}#inside`);
  await ready(page);
  await clearAndDraw(page, 4);
  await openLesson(page, 4);
  await page.getByRole("radio", { name: "Block 3, head 2" }).click();
  await expect(page.locator(".lessons-answer")).toHaveText(/^Block 3, head 2/);
  await page.locator(".lessons-link").click();
  await expect(page.locator(".lessons-link")).toHaveText("Link copied");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/#inside&d=24\.[\w.~-]+&block=3&head=2&lesson=heads$/);
  expect(link.length).toBeLessThan(2000);
  const drawn = await answer(page);

  const other = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await other.goto(link);
  await ready(other);
  await expect(other.locator("#lessons-title")).toHaveText("What does a head do?");
  await expect(other.getByRole("radio", { name: "Block 3, head 2" })).toBeChecked();
  await settled(other);
  const seen = await answer(other);
  expect(seen.digit).toBe(drawn.digit);
  expect(Math.abs((seen.bars[4] ?? 0) - (drawn.bars[4] ?? 100))).toBeLessThan(5);
  // A reload does not undo what is done from now on.
  expect(new URL(other.url()).hash).toBe("#inside");
  await other.locator("#clear").click();
  await other.locator("#undo").click();
  await expect(other.locator("#undo")).toBeEnabled();
  await other.close();
});

test("a stranger's link does no harm, and one with settings leads to its own view", async ({ page, url }) => {
  await page.goto(`${url}#draw&d=24.!!!&block=9999&head=7&patch=9000&lesson=nothing&s=tiny;patch_size=99999;epochs=7`);
  await ready(page);
  await expect(page.locator("#copy-link-said")).toHaveText(/damaged/);
  await expect(page.locator("#lessons-title")).toHaveText("Lessons");
  expect(await page.evaluate(() => document.documentElement.dataset["view"])).toBe("draw");
  await page.locator('#views a[href="#train"]').click();
  await expect(page.locator("#set-epochs")).toHaveValue("7");
  await expect(page.locator("#settings-said")).toHaveText(/Left out because not understood or out of range: patch_size=99999/);
});

test("the lessons speak the page's language, and stay open when it changes", async ({ page, url }) => {
  await page.goto(`${url}#draw&lesson=patch`);
  await ready(page);
  await expect(page.locator("#lessons-title")).toHaveText("What is a patch?");
  await page.locator(".lessons-language").click();
  await expect(page.locator("#lessons-title")).toHaveText("Was ist ein Patch?");
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await ready(page);
  await clearAndDraw(page, 1);
  await expect(page.locator(".lessons-answer")).toHaveText(/784 Grauwerte .* 49 Patches zu 4×4 Pixeln/);
  expect(await issues(page)).toEqual([]);
  await page.locator(".lessons-language").click();
  await expect(page.locator("#lessons-title")).toHaveText("What is a patch?");
  await page.reload();
  await ready(page);
  await page.locator("[data-lessons]:visible").click();
  await expect(page.locator("#lessons-title")).toHaveText("What is a patch?");
  await page.keyboard.press("Escape");
  await expect(page.locator("#lessons")).toBeHidden();
  await expect(page.locator("[data-lessons]:visible")).toBeFocused();
});
