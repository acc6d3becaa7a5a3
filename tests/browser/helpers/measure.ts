/** Clocks inside the page. */
import type { Page } from "@playwright/test";

interface Clocks {
  /** Milliseconds from each answered pointer event, the oldest that is in the answer, to the new bars. */
  bars: number[];
  /** Milliseconds from the start of the page to its first prediction. */
  first: number;
  /** Tasks of the main thread over 50 ms. */
  tasks: { start: number; ms: number }[];
}

/** Puts clocks into the pages to come. */
export async function startClocks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const clocks: Clocks = { bars: [], first: 0, tasks: [] };
    Object.assign(globalThis, { clocks });
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) clocks.tasks.push({ start: startTime, ms: duration });
    }).observe({ type: "longtask", buffered: true });

    // An event waits until a question goes to the worker; the question waits until the bars change.
    let waiting: number | null = null;
    let asked: number | null = null;
    const note = (event: Event): void => {
      waiting ??= event.timeStamp;
    };
    addEventListener("pointerdown", note, true);
    addEventListener("pointermove", (event) => event.buttons > 0 && note(event), true);
    const post = Worker.prototype.postMessage as (this: Worker, ...args: unknown[]) => void;
    Worker.prototype.postMessage = function (this: Worker, ...args: unknown[]) {
      if ((args[0] as { call?: string } | undefined)?.call === "look") [asked, waiting] = [waiting, null];
      post.apply(this, args);
    };
    const answered = (): void => {
      if (clocks.first === 0 && document.getElementById("look-time")?.textContent) clocks.first = performance.now();
      if (asked !== null) clocks.bars.push(performance.now() - asked);
      asked = null;
    };
    addEventListener("DOMContentLoaded", () => {
      const card = document.getElementById("answer");
      if (card) new MutationObserver(answered).observe(card, { subtree: true, childList: true, attributes: true });
    });
  });
}

/** Reads the clocks. */
export function clocks(page: Page): Promise<Clocks> {
  return page.evaluate(() => (globalThis as unknown as { clocks: Clocks }).clocks);
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Median and 95th percentile, for people. */
export function spread(values: readonly number[]): string {
  const [median, high] = [quantile(values, 0.5), quantile(values, 0.95)];
  return `median ${median.toFixed(1)} ms, 95 % below ${high.toFixed(1)} ms (${values.length} values)`;
}
