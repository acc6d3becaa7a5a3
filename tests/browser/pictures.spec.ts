/** Photos of digits: painted here, on sheets and under shadows, and opened as by a user. */
import type { Page } from "@playwright/test";
import { DIGITS, type Point } from "./helpers/digits.js";
import { ready } from "./helpers/ink.js";
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

test("two digits, and none, are reported instead of predicted", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  await page.locator("#clear").click();
  const state = page.locator("#answer");
  const [two, five] = [one(2, 11, 0.5), one(5, 11, 0.5)];
  await bring(page, { digits: [...two.map((it) => ({ ...it, at: [0.27, 0.5] as const })), ...five.map((it) => ({ ...it, at: [0.73, 0.5] as const }))] });
  await expect(page.locator("#alerts")).toContainText("There seem to be several digits in this picture");
  await expect(state).toHaveAttribute("data-state", "empty");
  await bring(page, { table: [40, "#3e3028"], digits: [] });
  await expect(page.locator("#alerts")).toContainText("There is no writing in this picture");
  await expect(state).toHaveAttribute("data-state", "empty");
});
