/** Attention step by step, in Inside: the page's own numbers against the engine's, by mouse, keyboard and finger. */
import type { Page } from "@playwright/test";
import { issues } from "./helpers/axe.js";
import { DIGITS } from "./helpers/digits.js";
import { draw, ready } from "./helpers/ink.js";
import { load, modelFile } from "./helpers/models.js";
import { shiftsOf } from "./helpers/shifts.js";
import { expect, test } from "./helpers/test.js";
import { text } from "./helpers/training.js";
import { openView } from "./helpers/views.js";

/** Shows the numbers for a drawn digit. */
async function opened(page: Page, url: string, digit: number): Promise<void> {
  await page.goto(`${url}#inside`);
  await ready(page);
  await draw(page, DIGITS[digit] ?? []);
  await page.getByRole("button", { name: "Show the numbers" }).click();
  await expect(page.locator(".attention-step")).toHaveCount(5);
}

/** Chooses a block and a head, both counted from 1. */
async function choose(page: Page, block: number, head: number): Promise<void> {
  const controls = page.locator(".attention-controls");
  await controls.getByLabel("block").selectOption(String(block));
  await controls.getByLabel("head").selectOption(String(head));
}

/** How far the shares are from the engine's, at most, as a share of 1. */
async function difference(page: Page): Promise<number> {
  const said = await text(page, ".attention-difference");
  return Number(/less than ([\d.]+) %/.exec(said)?.[1]) / 100;
}

/** The largest share of a patch and its place, as the picture of attention says them; its numbers are the engine's. */
async function engineSays(page: Page): Promise<{ place: string; share: string }> {
  const said = await text(page, "#see-sentence");
  const [, place, share] = /from the patch in (row \d, column \d)(?:, which is empty)? \(([\d.]+ %)/.exec(said) ?? [];
  return { place: place ?? said, share: share ?? said };
}

/** The key with the largest share. */
async function largestKey(page: Page): Promise<number> {
  const labels = await page.locator(".attention-key").evaluateAll((keys) => keys.map((key) => key.getAttribute("aria-label") ?? ""));
  const shares = labels.map((label) => Number(/share ([\d.]+) %$/.exec(label)?.[1]));
  return shares.indexOf(Math.max(...shares));
}

test("the numbers are the engine's in every block and head, for the class token and a patch", async ({ page, url }) => {
  const fetched: string[] = [];
  page.on("request", (request) => fetched.push(request.url()));
  await page.goto(url);
  await ready(page);
  const scripts = (): string[] => fetched.filter((address) => /attention-/.test(address));
  expect(scripts()).toEqual([]);
  await opened(page, url, 3);
  expect(scripts()).toHaveLength(1);
  const controls = page.locator(".attention-controls");
  for (const token of ["class token", "patch"]) {
    await controls.getByLabel("token").selectOption(token);
    for (let block = 1; block <= 4; block++) {
      for (let head = 1; head <= 4; head++) {
        await choose(page, block, head);
        await expect(page.locator(".see-thumb[aria-checked=true]")).toHaveAttribute("aria-label", `Block ${block}, head ${head}`);
        await expect(page.locator("#see-sentence")).toContainText(`In block ${block}, head ${head}, ${token === "patch" ? "the patch" : "the class token"}`);
        const { place, share } = await engineSays(page);
        await expect(page.locator(".attention-keys").getByRole("radio", { name: `patch in ${place}:` })).toHaveAttribute("aria-label", new RegExp(`share ${share}$`));
        expect(await difference(page), `${token}, block ${block}, head ${head}`).toBeLessThan(1e-3);
      }
    }
  }
});

test("the numbers follow the pen, and what is chosen elsewhere; nothing moves", async ({ page, url }) => {
  await opened(page, url, 3);
  await page.locator("#see-strip").getByRole("radio", { name: "Block 2, head 3" }).click();
  await expect(page.locator(".attention-controls").getByLabel("block")).toHaveValue("2");
  await expect(page.locator(".attention-controls").getByLabel("head")).toHaveValue("3");
  await page.locator("#attention").scrollIntoViewIfNeeded();
  const before = await text(page, "#attention-score");
  expect(before).toMatch(/^.*·.* \+ … = −?[\d.]+; −?[\d.]+\/√16 = −?[\d.]+$/);
  const moved = await shiftsOf(page, async () => {
    await page.locator("#clear").click();
    await draw(page, DIGITS[7] ?? []);
    await expect.poll(() => text(page, "#attention-score")).not.toBe(before);
    for (const key of [3, 20, 44]) await page.locator(".attention-key").nth(key).hover();
    await page.locator(".attention-bars").first().hover();
  });
  expect(moved).toBeLessThan(0.01);
  expect(await difference(page)).toBeLessThan(1e-3);
});

test("a key by keyboard, a number by keyboard, and a temperature that is not the model's", async ({ page, url }) => {
  await opened(page, url, 5);
  const keys = page.locator(".attention-keys");
  await keys.getByRole("radio", { name: "the class token" }).click();
  await expect(keys.getByRole("radio", { checked: true })).toHaveAttribute("aria-label", /^the class token: score/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const chosen = keys.getByRole("radio", { checked: true });
  await expect(chosen).toHaveAttribute("aria-label", /^the patch in row 2, column 1: score −?[\d.]+, share [\d.]+ %$/);
  await expect(chosen).toBeFocused();

  const query = page.getByRole("slider", { name: "query", exact: true }).first();
  await query.focus();
  await page.keyboard.press("End");
  await expect(query).toHaveAttribute("aria-valuetext", /^number 16: −?[\d.]+$/);
  await expect(page.locator("#attention-query")).toHaveText(new RegExp(`= ${((await query.getAttribute("aria-valuetext")) ?? "").replace("number 16: ", "")}$`));

  const temperature = page.getByRole("slider", { name: "Temperature", exact: true });
  const share = async (): Promise<number> => Number(/([\d.]+) %$/.exec(await text(page, "#attention-share"))?.[1]);
  // The key with the largest share gets more at a low temperature, and less at a high one.
  await choose(page, 4, 1);
  await expect(page.locator("#see-sentence")).toContainText("In block 4, head 1");
  await page.locator(".attention-key").nth(await largestKey(page)).click();
  const own = await share();
  await temperature.fill("-2");
  await expect(page.locator(".attention-temperature-said")).toHaveText("0.25: sharper than the model’s own, which is 1");
  await expect.poll(share).toBeGreaterThan(own);
  await temperature.fill("2");
  await expect(page.locator(".attention-temperature-said")).toHaveText("4.00: flatter than the model’s own, which is 1");
  await expect.poll(share).toBeLessThan(own);
  await expect(page.getByRole("slider", { name: "result of this head, at temperature 4.00" })).toBeVisible();
  await page.getByRole("button", { name: "Back to 1" }).click();
  await expect(temperature).toBeFocused();
  await expect.poll(share).toBe(own);
});

test("another kind of model says why it has no numbers; the shipped one has them again", async ({ page, url }) => {
  await opened(page, url, 3);
  await load(page, "swin", modelFile("swin"));
  await expect(page.locator(".attention-note")).toHaveText("Only plain Vision Transformers are shown in numbers. In this one, tokens read only within windows.");
  await expect(page.locator(".attention-steps")).toBeHidden();
  await page.locator("#model-switch input[value=shipped]").check();
  await expect(page.locator(".attention-steps")).toBeVisible();
  await expect(page.locator(".attention-note")).toBeHidden();
});

test("on every screen, light and dark: axe, no sideways scrolling, a tap chooses", async ({ page, url }) => {
  await opened(page, url, 2);
  for (const [width, height] of [[1440, 900], [390, 844], [360, 740]] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await issues(page), `${width} pixels, ${colorScheme}`).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  }
  await openView(page, "inside");
  await page.getByRole("button", { name: "Hide the numbers" }).click();
  await expect(page.locator("#attention-body")).toBeHidden();
});
