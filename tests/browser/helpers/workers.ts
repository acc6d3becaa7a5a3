/** The page's own workers, asked from a test as the page asks them. */
import type { Page } from "@playwright/test";

/** Remembers the workers of the pages to come. */
export async function keepWorkers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const kept = new Map<string, Worker>();
    Object.assign(globalThis, { kept });
    globalThis.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        kept.set(options?.name ?? "", this);
      }
    };
  });
}

/**
 * Gives the predictor the weights that the trainer has now, lets it look at one digit many times, one look after the
 * other, and gives the milliseconds of each: as the worker sees it, and there and back.
 */
export function looks(page: Page, count: number): Promise<{ worker: number[]; page: number[] }> {
  return page.evaluate(async (times) => {
    const { kept } = globalThis as unknown as { kept: Map<string, Worker> };
    // The page counts its own questions up from 1.
    let last = 1e9;
    const ask = <T>(name: string, call: string, input: object): Promise<T> => new Promise((resolve, reject) => {
      const worker = kept.get(name);
      if (!worker) throw new Error(`There is no ${name}`);
      const id = ++last;
      worker.addEventListener("message", function hear({ data }: MessageEvent<{ id?: number; ok?: boolean; output: T }>) {
        if (data.id !== id) return;
        worker.removeEventListener("message", hear);
        if (data.ok) resolve(data.output);
        else reject(new Error(`The ${name} cannot ${call}: ${JSON.stringify(data)}`));
      });
      worker.postMessage({ id, call, input });
    });
    const weights = await ask<Uint8Array>("trainer", "weights", { which: "current" });
    await ask("predictor", "use", { weights });
    const digits = await ask<Uint8Array>("predictor", "digits", { seed: 1 });
    const drawing = { kind: "image", pixels: digits.slice(3 * 784, 4 * 784) };
    const measured: { worker: number[]; page: number[] } = { worker: [], page: [] };
    for (let look = 0; look < times; look++) {
      const start = performance.now();
      const { milliseconds } = await ask<{ milliseconds: number }>("predictor", "look", { drawing });
      measured.page.push(performance.now() - start);
      measured.worker.push(milliseconds);
    }
    return measured;
  }, count);
}
