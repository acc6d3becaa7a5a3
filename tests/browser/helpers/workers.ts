/** Calls to the page's own workers from a test. */
import type { Page } from "@playwright/test";

/** Records the workers of the pages opened next. */
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

/** Calls a worker as the page does; byte arrays are returned as lists. The workers must be recorded. */
function ask<T>(page: Page, name: "trainer" | "predictor", call: string, input: object): Promise<T> {
  return page.evaluate(([who, what, given]) => new Promise<T>((resolve, reject) => {
    const { kept } = globalThis as unknown as { kept: Map<string, Worker> };
    const worker = kept.get(who);
    if (!worker) return reject(new Error(`There is no ${who}`));
    // The page numbers its own calls from 1.
    const id = 2e9 + Math.floor(Math.random() * 1e9);
    worker.addEventListener("message", function hear({ data }) {
      if (data.id !== id) return;
      worker.removeEventListener("message", hear);
      if (!data.ok) return reject(new Error(`The ${who} cannot ${what}: ${JSON.stringify(data)}`));
      const plain = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? [...value] : value);
      resolve(JSON.parse(JSON.stringify(data.output, plain)) as T);
    });
    worker.postMessage({ id, call: what, input: given });
  }), [name, call, input] as const);
}

/** The first images of a file with their labels, as held by the trainer. */
export function fileImages(
  page: Page, id: number, count: number,
): Promise<{ side: number; pixels: number[]; labels: number[] }> {
  return ask(page, "trainer", "fileImages", { id, indices: Array.from({ length: count }, (_, index) => index) });
}

/** Built-in digits, ten for each seed: their pixels, 28×28 each. */
export async function builtinDigits(page: Page, seeds: number): Promise<{ label: number; pixels: number[] }[]> {
  const all: { label: number; pixels: number[] }[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const pixels = await ask<number[]>(page, "predictor", "digits", { seed });
    for (let label = 0; label < 10; label++) all.push({ label, pixels: pixels.slice(label * 784, (label + 1) * 784) });
  }
  return all;
}

/**
 * Gives the predictor the trainer's current weights, predicts one digit many times, one after the other, and returns
 * the milliseconds of each: in the worker, and for the round trip.
 */
export function looks(page: Page, count: number): Promise<{ worker: number[]; page: number[] }> {
  return page.evaluate(async (times) => {
    const { kept } = globalThis as unknown as { kept: Map<string, Worker> };
    // The page numbers its own calls from 1.
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
      const { milliseconds } = await ask<{ milliseconds: number }>("predictor", "predict", { drawing });
      measured.page.push(performance.now() - start);
      measured.worker.push(milliseconds);
    }
    return measured;
  }, count);
}
