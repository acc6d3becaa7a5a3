/**
 * The pictures of README: `npx playwright test -c figures.config.ts screenshots` writes them into assets/.
 * They show what a visitor sees, nothing is prepared: a digit is drawn, and a model is trained for some epochs.
 */
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { DIGITS } from "./helpers/digits.js";
import { draw, ready, settled } from "./helpers/ink.js";
import { root } from "./helpers/places.js";
import { expect, test } from "./helpers/test.js";
import { epochs } from "./helpers/training.js";
import { openView, show } from "./helpers/views.js";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 780 };

test("the pictures of README", async ({ page, url }) => {
  test.setTimeout(900_000);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.setViewportSize(DESKTOP);
  await page.goto(url);
  await ready(page);
  await redraw(page, 2);
  await take(page, "page-draw");

  await page.locator("[data-lessons]:visible").click();
  await page.locator(".lessons-list button").first().click();
  await redraw(page, 8);
  await expect(page.locator(".lessons-answer")).toBeVisible();
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  await take(page, "page-lesson");
  await page.locator("#lessons .lessons-head button").last().click();

  await show(page, "see");
  await settled(page);
  await take(page, "page-inside");

  await openView(page, "draw");
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  await page.setViewportSize(PHONE);
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  await redraw(page, 5);
  await take(page, "page-phone");

  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize(DESKTOP);
  await openView(page, "train");
  await page.locator("#run-start").click();
  await epochs(page, 4, 600_000);
  await page.locator(".run-table > summary").click();
  await show(page, "run");
  await take(page, "page-train");
});

async function redraw(page: Page, digit: number): Promise<void> {
  await page.locator("#clear").click();
  await draw(page, DIGITS[digit] ?? []);
  // The tint of attention comes after the pen has left.
  await page.waitForTimeout(800);
}

/** A picture of the window. */
async function take(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.waitForTimeout(300);
  await page.screenshot({ path: join(root, "assets", `${name}.png`) });
}
