/** Drawing on the canvas as a person does, and reading what the model made of it. */
import type { Page } from "@playwright/test";
import type { Point } from "./digits.js";

/** What stands beside the canvas. */
export interface Answer {
  state: string;
  /** The class on show; null where there is none. */
  digit: number | null;
  /** What the bars say, 0 to 100 each. */
  bars: number[];
}

/** Waits until the model answers to ink. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => document.getElementById("look-time")?.textContent !== "");
}

/** Draws with the mouse; `pieces` pointer events between two points. */
export async function draw(page: Page, strokes: readonly (readonly Point[])[], pieces = 1): Promise<void> {
  const ink = page.locator("#ink");
  await ink.scrollIntoViewIfNeeded();
  const box = await ink.boundingBox();
  if (box === null) throw new Error("The canvas is not on the page");
  const place = ([x, y]: Point): [number, number] => [box.x + x * box.width, box.y + y * box.height];
  for (const [first, ...rest] of strokes) {
    if (first === undefined) continue;
    await page.mouse.move(...place(first));
    await page.mouse.down();
    for (const point of rest) await page.mouse.move(...place(point), { steps: pieces });
    await page.mouse.up();
  }
  await settled(page);
}

/** Waits until the bars have not changed for a moment: the newest drawing is answered. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(() => new Promise<void>((done) => {
    const calm = (): void => {
      watcher.disconnect();
      done();
    };
    let timer = setTimeout(calm, 150);
    const watcher = new MutationObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(calm, 150);
    });
    const card = document.getElementById("answer");
    if (card) watcher.observe(card, { subtree: true, childList: true, characterData: true, attributes: true });
  }));
}

/** Reads the answer. */
export async function answer(page: Page): Promise<Answer> {
  return page.evaluate(() => {
    const text = document.getElementById("answer-class")?.textContent ?? "";
    const digit = Number.parseInt(text, 10);
    const values = [...document.querySelectorAll("#bars .bar-value")];
    return {
      state: document.getElementById("answer")?.dataset["state"] ?? "",
      digit: Number.isNaN(digit) ? null : digit,
      bars: values.map((value) => Number.parseFloat(value.textContent ?? "")),
    };
  });
}

/** What is painted on a canvas: a number that differs where the pixels do; 0 where nothing is painted. */
export async function painting(page: Page, selector: string): Promise<number> {
  return page.locator(selector).first().evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    if (canvas.width * canvas.height === 0) return 0;
    // A copy: reading from the page's own canvas would change how the browser treats it.
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy?.drawImage(canvas, 0, 0);
    const pixels = copy?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let hash = 0;
    let any = false;
    for (let i = 0; i < pixels.length; i += 4) {
      if (pixels[i + 3] !== 0) any = true;
      for (let channel = 0; channel < 4; channel++) hash = (Math.imul(hash, 31) + (pixels[i + channel] ?? 0)) >>> 0;
    }
    return any ? hash : 0;
  });
}
