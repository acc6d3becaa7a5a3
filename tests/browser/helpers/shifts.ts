/** How much a page moves by itself. */
import type { Page } from "@playwright/test";

/** The layout shifts while `work` is done, without those that a press has asked for (another view, a fold): their sum. */
export async function shiftsOf(page: Page, work: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const shifts: number[] = [];
    const watcher = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
        if (!entry.hadRecentInput) shifts.push(entry.value);
      }
    });
    watcher.observe({ type: "layout-shift" });
    Object.assign(globalThis, { shifts });
  });
  await work();
  await page.waitForTimeout(300);
  const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts);
  return shifts.reduce((total, shift) => total + shift, 0);
}
