/** Clocks inside the page, and the browser's own. */
import type { Browser, Page } from "@playwright/test";

interface Clocks {
  /** Milliseconds from each answered pointer event, the oldest that is in the answer, to the new bars. */
  bars: number[];
  /** Milliseconds from the start of the page to its first prediction. */
  first: number;
}

/** Puts clocks into the pages to come. */
export async function startClocks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const clocks: Clocks = { bars: [], first: 0 };
    Object.assign(globalThis, { clocks });

    // An event waits until a question goes to the worker; the question waits until the bars change.
    let waiting: number | null = null;
    let asked: number | null = null;
    const note = (event: Event): void => {
      if ((event.target as Element).id === "ink") waiting ??= event.timeStamp;
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

/** A task of the main thread, in milliseconds. */
export interface Task {
  /** How long it took. */
  wall: number;
  /** How long it computed: the rest of the time others had the processor. */
  cpu: number;
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

/** The tasks of the page's main thread while `work` is done, the longest first. */
export async function mainThreadTasks(browser: Browser, page: Page, work: () => Promise<void>): Promise<Task[]> {
  await browser.startTracing(page, { categories: ["toplevel"] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString("utf8")) as { traceEvents: TraceEvent[] };
  const main = traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const threads = new Set(main.map(({ pid, tid }) => `${pid} ${tid}`));
  return traceEvents
    .filter(({ name, pid, tid }) => name === "ThreadControllerImpl::RunTask" && threads.has(`${pid} ${tid}`))
    .map(({ dur = 0, tdur = 0 }) => ({ wall: dur / 1000, cpu: tdur / 1000 }))
    .sort((one, other) => other.cpu - one.cpu);
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
