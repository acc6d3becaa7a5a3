/** Photos of digits: painted here, on sheets and under shadows, and opened as by a user. */
import type { Page } from "@playwright/test";
import { issues } from "./helpers/axe.js";
import { DIGITS, type Point } from "./helpers/digits.js";
import { draw, ready } from "./helpers/ink.js";
import { builtPage } from "./helpers/places.js";
import { serve } from "./helpers/server.js";
import { expect, test } from "./helpers/test.js";

/** The content of a photo, on a canvas of 600 pixels. */
interface Scene {
  /** The width of the table around the sheet, in pixels, and its colour. */
  table?: [width: number, colour: string];
  /** The angle of a shadow's edge through the middle. */
  shadow?: number;
  /** Digits with their stroke width, size, and centre, in fractions of the picture. */
  digits: { strokes: readonly (readonly Point[])[]; width: number; size: number; at: Point }[];
}

/** Paints a scene, as a JPEG. */
async function photo(page: Page, scene: Scene): Promise<Buffer> {
  const jpeg = await page.evaluate(({ table, shadow, digits }) => {
    const canvas = document.createElement("canvas");
    const side = (canvas.width = canvas.height = 600);
    const context = canvas.getContext("2d");
    if (!context) return "";
    const [border, colour] = table ?? [0, "#fff"];
    context.fillStyle = colour;
    context.fillRect(0, 0, side, side);
    context.fillStyle = "#f0eee6";
    context.fillRect(border, border, side - 2 * border, side - 2 * border);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "#1d2440";
    for (const { strokes, width, size, at } of digits) {
      context.lineWidth = width;
      for (const stroke of strokes) {
        context.beginPath();
        for (const [x, y] of stroke) context.lineTo(side * (at[0] + size * (x - 0.5)), side * (at[1] + size * (y - 0.5)));
        context.stroke();
      }
    }
    if (shadow !== undefined) {
      context.translate(side / 2, side / 2);
      context.rotate(shadow);
      context.fillStyle = "rgb(0 0 0 / 0.5)";
      context.fillRect(0, -side, side, 2 * side);
    }
    return canvas.toDataURL("image/jpeg", 0.88).split(",")[1] ?? "";
  }, scene);
  return Buffer.from(jpeg, "base64");
}

async function bring(page: Page, scene: Scene): Promise<void> {
  const buffer = await photo(page, scene);
  await page.locator("#picture-file").setInputFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer });
}

/** A digit in the middle. */
function one(digit: number, width = 12, size = 0.7): Scene["digits"] {
  return [{ strokes: DIGITS[digit] ?? [], width, size, at: [0.5, 0.5] }];
}

test("a digit is recognised on a sheet on a table, under the edge of a shadow, small and thin", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  const scenes: [number, Scene][] = [
    [2, { table: [30, "#3e3028"], digits: one(2) }],
    [8, { table: [80, "#77777c"], digits: one(8) }],
    [3, { shadow: 0, digits: one(3) }],
    [5, { shadow: 2.2, digits: one(5) }],
    [7, { digits: one(7, 3, 0.3) }],
    [6, { table: [40, "#3e3028"], shadow: 0.8, digits: one(6) }],
  ];
  for (const [digit, scene] of scenes) {
    await page.locator("#clear").click();
    await expect(page.locator("#answer")).toHaveAttribute("data-state", "empty");
    await bring(page, scene);
    await expect(page.locator("#answer-class")).toHaveText(String(digit));
  }
});

/** Three digits in a row. */
const THREE: Scene = {
  digits: [7, 3, 2].flatMap((digit, i) => one(digit, 11, 0.3).map((it) => ({ ...it, at: [0.2 + 0.3 * i, 0.4 + 0.1 * i] as const }))),
};

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await ready(page);
  await page.locator("#clear").click();
}

test("several digits are counted, and each can be chosen; undo brings back what was there", async ({ page, url }) => {
  await open(page, url);
  await bring(page, { digits: one(8) });
  await expect(page.locator("#answer-class")).toHaveText("8");
  await bring(page, THREE);
  const words = page.locator(".photo-words");
  await expect(words).toHaveText("3 digits in this picture: choose one");
  await expect(page.locator("#answer")).toHaveAttribute("data-state", "empty");
  const choices = page.locator(".photo-choice");
  await expect(choices.first()).toBeFocused();
  expect(await issues(page)).toEqual([]);
  for (const [index, digit] of [7, 3, 2].entries()) {
    await choices.nth(index).click();
    await expect(page.locator("#answer-class")).toHaveText(String(digit));
    await expect(choices.nth(index)).toHaveAttribute("aria-pressed", "true");
  }
  expect(await issues(page)).toEqual([]);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.locator("#photo")).toBeHidden();
  await expect(page.locator("#ink")).toBeFocused();
  await expect(page.locator("#photo-open")).toBeVisible();
  await page.locator("#undo").click();
  await expect(page.locator("#answer-class")).toHaveText("8");
  await expect(page.locator("#photo-open")).toBeHidden();
  await page.locator("#redo").click();
  await expect(page.locator("#answer-class")).toHaveText("2");
  await page.locator("#photo-open").click();
  await expect(choices.nth(2)).toHaveAttribute("aria-pressed", "true");
});

test("the frame moves by mouse and by key, and the answer follows", async ({ page, url }) => {
  await open(page, url);
  await bring(page, THREE);
  await page.locator(".photo-choice").first().click();
  await expect(page.locator("#answer-class")).toHaveText("7");
  const [frame, area] = [page.locator(".photo-frame"), await boxOf(page, ".photo-area")];
  const from = await boxOf(page, ".photo-frame");
  // To the second digit, 0.3 to the right and 0.1 down.
  const [x, y] = [from.x + from.width / 2, from.y + from.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 0.3 * area.width, y + 0.1 * area.height, { steps: 6 });
  await expect(page.locator("#answer-class")).toHaveText("3");
  await page.mouse.up();
  await expect(page.locator(".photo-choice[aria-pressed=true]")).toHaveCount(0);
  // To the third by key.
  await expect(frame).toBeFocused();
  for (let i = 0; i < 15; i++) await page.keyboard.press("ArrowRight");
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowDown");
  await expect(page.locator("#answer-class")).toHaveText("2");
  // Back to the second by key, then by its corner over the third, too.
  for (let i = 0; i < 15; i++) await page.keyboard.press("ArrowLeft");
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowUp");
  await expect(page.locator("#answer-class")).toHaveText("3");
  const now = await boxOf(page, ".photo-frame");
  await page.mouse.move(now.x + now.width - 8, now.y + now.height - 8);
  await page.mouse.down();
  await page.mouse.move(now.x + now.width + 0.35 * area.width, now.y + now.height + 0.2 * area.height, { steps: 6 });
  await page.mouse.up();
  await expect(page.locator(".photo-words")).toHaveText("2 digits in the frame: make it smaller");
  await expect(page.locator("#answer")).toHaveAttribute("data-state", "empty");
  await frame.focus();
  for (let i = 0; i < 18; i++) await page.keyboard.press("Shift+ArrowLeft");
  await expect(page.locator("#answer-class")).toHaveText("3");
  await page.keyboard.press("Escape");
  await expect(page.locator("#photo")).toBeHidden();
  // One step for the whole picture.
  await page.locator("#undo").click();
  await expect(page.locator("#answer")).toHaveAttribute("data-state", "empty");
});

test("a stroke right after the frame was moved stays", async ({ page, url }) => {
  await open(page, url);
  await bring(page, THREE);
  await page.locator(".photo-choice").first().click();
  await expect(page.locator("#answer-class")).toHaveText("7");
  await page.locator(".photo-frame").focus();
  for (const key of ["ArrowRight", "Escape"]) await page.keyboard.press(key);
  await draw(page, DIGITS[0] ?? []);
  await expect(page.locator("#answer-class")).toHaveText("0");
});

test("a picture without writing is reported, and a digit drawn after it is read", async ({ page, url }) => {
  await open(page, url);
  await bring(page, { table: [40, "#3e3028"], digits: [] });
  await expect(page.locator(".photo-words")).toContainText("There is no writing in this picture");
  await expect(page.locator("#answer")).toHaveAttribute("data-state", "empty");
  await expect(page.locator(".photo-frame")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#photo")).toBeHidden();
  await draw(page, DIGITS[4] ?? []);
  await expect(page.locator("#answer-class")).toHaveText("4");
  await expect(page.locator("#photo-open")).toBeHidden();
});

test("pictures are read offline, also the first one", async ({ page, guard }) => {
  guard.allow(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/);
  const host = await serve(builtPage());
  guard.host(host.url);
  await page.goto(host.url);
  await ready(page);
  await expect.poll(() => page.evaluate(async () => {
    const files = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    const script = files.flat().find(({ url }) => /photos-[^/]*\.js$/.test(url));
    return ((await (script && caches.match(script))?.then((kept) => kept?.text())) ?? "").length > 0;
  }), { timeout: 30_000 }).toBe(true);
  await host.close();
  await page.reload();
  await ready(page);
  await page.locator("#clear").click();
  await bring(page, { digits: one(3) });
  await expect(page.locator("#answer-class")).toHaveText("3");
});

test.describe("on a phone", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });

  test("a finger chooses a digit and drags the frame, and the page stays where it is", async ({ page, url }) => {
    await open(page, url);
    await bring(page, THREE);
    const choices = page.locator(".photo-choice");
    await expect(page.locator(".photo-words")).toHaveText("3 digits in this picture: choose one");
    for (const index of [0, 1, 2]) {
      const { width, height } = await boxOf(page, `.photo-choice >> nth=${index}`);
      expect(Math.min(width, height)).toBeGreaterThan(43);
    }
    await choices.first().tap();
    await expect(page.locator("#answer-class")).toHaveText("7");
    const before = await page.evaluate(() => scrollY);
    const [frame, area] = [await boxOf(page, ".photo-frame"), await boxOf(page, ".photo-area")];
    const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
    const input = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: { x: number; y: number }[]): Promise<unknown> =>
      input.send("Input.dispatchTouchEvent", { type, touchPoints: points });
    await touch("touchStart", [{ x, y }]);
    for (let step = 1; step <= 6; step++) {
      await touch("touchMove", [{ x: x + (step / 6) * 0.3 * area.width, y: y + (step / 6) * 0.1 * area.height }]);
    }
    await touch("touchEnd", []);
    await expect(page.locator("#answer-class")).toHaveText("3");
    expect(await page.evaluate(() => scrollY)).toBe(before);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await issues(page)).toEqual([]);
  });
});

async function boxOf(page: Page, selector: string): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await page.locator(selector).boundingBox();
  if (box === null) throw new Error(`${selector} is not on the page`);
  return box;
}
