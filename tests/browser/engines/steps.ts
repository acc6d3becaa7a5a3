/** Actions on the page, in any engine. */
import type { Browser } from "./browser.js";
import { expect } from "./test.js";

/** Opens the page and waits until the model predicts. */
export async function visit(browser: Browser, url: string): Promise<void> {
  await browser.open(url);
  await ready(browser);
}

/** Waits until the model predicts, and all views are there. */
export async function ready(browser: Browser): Promise<void> {
  await expect.poll(() => browser.text("#look-time"), "the model answers").not.toBe("");
  // It comes after the first prediction, and clicks before it are lost.
  await expect.poll(() => browser.count("#train-waiting"), "Train's view is there").toBe(0);
}

/** Waits until the model predicts this digit. */
export async function reads(browser: Browser, digit: number): Promise<void> {
  await expect.poll(() => browser.text("#answer-class")).toBe(String(digit));
}

/** The bars' values, in percent. */
export function bars(browser: Browser): Promise<number[]> {
  return browser.run(() =>
    [...document.querySelectorAll("#bars .bar-value")].map((value) => Number.parseFloat(value.textContent ?? "")));
}

/** A checksum of a canvas's pixels; 0 if nothing is painted. */
export function painting(browser: Browser, selector: string): Promise<number> {
  return browser.run((place) => {
    const canvas = document.querySelector<HTMLCanvasElement>(place);
    if (!canvas || canvas.width * canvas.height === 0) return 0;
    // A copy: reading from the page's own canvas would change how the browser treats it.
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext("2d");
    context?.drawImage(canvas, 0, 0);
    const pixels = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let [hash, any] = [0, false];
    for (let i = 0; i < pixels.length; i++) {
      if (i % 4 === 3 && pixels[i] !== 0) any = true;
      hash = (Math.imul(hash, 31) + (pixels[i] ?? 0)) >>> 0;
    }
    return any ? hash : 0;
  }, selector);
}

/** Chooses the device for training. */
export async function chooseDevice(browser: Browser, device: "auto" | "cpu" | "gpu"): Promise<void> {
  await browser.openDetails("#settings-device");
  await browser.click(`label:has(> input[name=device][value=${device}])`);
}

/** Opens the page with settings in its URL, to train on the CPU. */
export async function openWith(browser: Browser, url: string, settings: string): Promise<void> {
  // Clicks before the scripts have loaded are lost.
  await visit(browser, `${url}#s=${settings}`);
  await chooseDevice(browser, "cpu");
}

/** Adds 2,000 built-in digits. */
export async function builtin(browser: Browser): Promise<void> {
  await browser.choose("#data-builtin-count", "2000");
  await browser.click("#data-builtin");
  await expect.poll(() => browser.shown("#data-summary"), "the data is there").toBe(true);
}

/** Waits until this many epochs have ended. */
export async function epochs(browser: Browser, count: number): Promise<void> {
  await browser.openDetails("#run-table");
  await expect.poll(() => browser.count("#run-epochs tbody tr"), { timeout: 45_000 }).toBeGreaterThanOrEqual(count);
}

/** Waits until the run's state matches. */
export async function state(browser: Browser, words: RegExp): Promise<void> {
  await expect.poll(() => browser.text("#run-state"), { timeout: 30_000 }).toMatch(words);
}

/** The table of epochs as numbers, the first epoch first: epoch, losses and accuracies, rate, speed, time. */
export async function epochTable(browser: Browser): Promise<number[][]> {
  const rows = await browser.run(() => [...document.querySelectorAll("#run-epochs tbody tr")].map((row) =>
    [...row.querySelectorAll("th, td")].map((cell) => Number.parseFloat((cell.textContent ?? "").replaceAll(",", "")))));
  return rows.sort(([one = 0], [other = 0]) => one - other);
}

/** The position of a run, as shown by the page. */
export async function place(browser: Browser): Promise<{ epoch: number; step: number }> {
  const number = (words: string, pattern: RegExp): number => Number((pattern.exec(words)?.[1] ?? "NaN").replaceAll(",", ""));
  return {
    epoch: number(await browser.text("#run-total-text"), /epoch (\d+)/),
    step: number(await browser.text("#run-epoch-text"), /step ([\d,]+)/),
  };
}
