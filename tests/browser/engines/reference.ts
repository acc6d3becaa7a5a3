/** Figures of Chromium, which other engines must match to the last digit: arithmetic does not depend on the browser. */
import { chromium } from "@playwright/test";
import { chromium as installed, FLAGS } from "../helpers/chromium.js";
import { builtPage } from "../helpers/places.js";
import { serve } from "../helpers/server.js";
import { builtin, epochs, epochTable, openWith } from "../helpers/training.js";

/** A run on built-in digits that takes some seconds, as settings in the page's URL. */
export const SHORT = "tiny;epochs=2;batch_size=32;warmup_epochs=0";

/** Its epochs in Chromium: epoch, losses and accuracies, rate, speed, time. */
export async function inChromium(): Promise<number[][]> {
  const site = await serve(builtPage());
  const browser = await chromium.launch({ executablePath: installed(), args: FLAGS });
  try {
    const page = await browser.newPage();
    await openWith(page, site.url, SHORT);
    await builtin(page);
    await page.locator("#run-start").click();
    await epochs(page, 2);
    return await epochTable(page);
  } finally {
    await browser.close();
    await site.close();
  }
}

/** The rows without timings: speed and time. */
export function figures(rows: readonly number[][]): number[][] {
  return rows.map((row) => row.slice(0, 6));
}
