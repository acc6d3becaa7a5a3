/** Timers inside the page, and the browser's own. */
import type { Browser, Page } from "@playwright/test";

/** The times of a pen move, in milliseconds of the page's clock. */
export interface Move {
  moved: number;
  /** When the request that includes it went to the worker. */
  posted: number;
  answered: number;
  /** When the bars showed the prediction. */
  shown: number;
  /** The next frame; 0 until there was one. */
  frame: number;
}

interface Clocks {
  /** All moves that got a prediction. */
  moves: Move[];
  /** Milliseconds from each answered pointer event, the oldest in the prediction, to the new bars. */
  bars: number[];
  /** Milliseconds from the start of the page to its first prediction. */
  first: number;
}

/** Installs timers in the pages opened next. */
export async function startClocks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const clocks: Clocks = { moves: [], bars: [], first: 0 };
    Object.assign(globalThis, { clocks });
    interface Message { id?: number; call?: string; ok?: boolean }

    // A move waits for a request to the worker, the request for its answer, the answer for the bars.
    let waiting = new Set<number>();
    let asked: { id: number; posted: number; moves: Set<number> } | null = null;
    let answered: Move[] = [];

    const note = (event: Event): void => {
      if (event instanceof PointerEvent && event.buttons > 0 && (event.target as Element).id === "ink") {
        waiting.add(event.timeStamp);
      }
    };
    addEventListener("pointerdown", note, true);
    // The page may get a move immediately, or together with others of a frame: the time of the input counts either way.
    addEventListener("pointerrawupdate", note, true);

    // A class, because its listener must be the first: the page shows the answer as soon as it arrives.
    globalThis.Worker = class extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        this.addEventListener("message", ({ data }: MessageEvent<Message>) => {
          if (asked === null || data.id !== asked.id || data.ok === undefined) return;
          const { posted, moves } = asked;
          const now = performance.now();
          answered = [...moves].map((moved) => ({ moved, posted, answered: now, shown: 0, frame: 0 }));
          asked = null;
        });
      }

      override postMessage(message: Message, options?: StructuredSerializeOptions | Transferable[]): void {
        if (message.call === "predict" && message.id !== undefined) {
          asked = { id: message.id, posted: performance.now(), moves: waiting };
          waiting = new Set();
        }
        super.postMessage(message, options as StructuredSerializeOptions);
      }
    };

    const shown = (): void => {
      const now = performance.now();
      if (clocks.first === 0 && document.getElementById("look-time")?.textContent) clocks.first = now;
      if (answered.length === 0) return;
      const moves = answered.map((move) => ({ ...move, shown: now }));
      answered = [];
      clocks.moves.push(...moves);
      clocks.bars.push(now - Math.min(...moves.map(({ moved }) => moved)));
      requestAnimationFrame(() => moves.forEach((move) => (move.frame = performance.now())));
    };
    addEventListener("DOMContentLoaded", () => {
      const card = document.getElementById("answer");
      if (card) new MutationObserver(shown).observe(card, { subtree: true, childList: true, attributes: true });
    });
  });
}

/** Reads the timers. */
export function clocks(page: Page): Promise<Clocks> {
  return page.evaluate(() => (globalThis as unknown as { clocks: Clocks }).clocks);
}

/** A task of a thread, in milliseconds. */
export interface Task {
  /** Wall-clock time. */
  wall: number;
  /** CPU time: for the rest others had the processor. */
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

/** The tasks of the page's main thread and of its workers during `work`, the longest first. */
export async function tasks(browser: Browser, page: Page, work: () => Promise<void>): Promise<{ main: Task[]; workers: Task[] }> {
  await browser.startTracing(page, { categories: ["toplevel"] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString("utf8")) as { traceEvents: TraceEvent[] };
  const of = (thread: string): Task[] => {
    const named = traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === thread);
    const threads = new Set(named.map(({ pid, tid }) => `${pid} ${tid}`));
    return traceEvents
      .filter(({ name, pid, tid }) => name === "ThreadControllerImpl::RunTask" && threads.has(`${pid} ${tid}`))
      .map(({ dur = 0, tdur = 0 }) => ({ wall: dur / 1000, cpu: tdur / 1000 }))
      .sort((one, other) => other.cpu - one.cpu);
  };
  return { main: of("CrRendererMain"), workers: of("DedicatedWorker thread") };
}

/** The tasks of the page's main thread during `work`, the longest first. */
export async function mainThreadTasks(browser: Browser, page: Page, work: () => Promise<void>): Promise<Task[]> {
  return (await tasks(browser, page, work)).main;
}

/** The quantile of the values for this share. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Median and 95th percentile as text. */
export function spread(values: readonly number[]): string {
  const [median, high] = [quantile(values, 0.5), quantile(values, 0.95)];
  return `median ${median.toFixed(1)} ms, 95 % below ${high.toFixed(1)} ms (${values.length} values)`;
}
