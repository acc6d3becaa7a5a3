/** The views of the page. */
import type { Page } from "@playwright/test";
import { expect } from "./test.js";

/** Shows a part of the page at the top of the window, in its view. */
export async function show(page: Page, part: string): Promise<void> {
  await page.evaluate((id) => {
    const element = document.getElementById(id);
    const view = element?.closest("#draw, #inside, #train")?.id;
    document.querySelector<HTMLElement>(`#views a[href="#${view}"]`)?.click();
    element?.scrollIntoView({ behavior: "instant" });
  }, part);
}

/** Shows a view, as its link does. */
export async function openView(page: Page, view: "draw" | "inside" | "train"): Promise<void> {
  await page.locator(`#views a[href="#${view}"]`).click();
}

/** Waits until Train's view has come, which is fetched after the first prediction. */
export async function trainReady(page: Page): Promise<void> {
  await expect(page.locator("#train-waiting")).toHaveCount(0);
}
