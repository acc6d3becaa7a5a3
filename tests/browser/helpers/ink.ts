/** Drawing on the canvas like a user, and reading the prediction. */
import type { Page } from "@playwright/test";
import type { Point } from "./digits.js";
import { trainReady } from "./views.js";

/** The prediction shown beside the canvas. */
export interface Answer {
  state: string;
  /** The predicted class; null if there is none. */
  digit: number | null;
  /** The bars' values, 0 to 100 each. */
  bars: number[];
}

/** Waits until the model predicts and all views are there. */
export async function ready(page: Page): Promise<void> {
  await predicts(page);
  await trainReady(page);
}

/** Waits until the model predicts; Train's view may come later. */
export async function predicts(page: Page): Promise<void> {
  await page.waitForFunction(() => document.getElementById("look-time")?.textContent !== "");
}

/** How a drawing is made. */
export interface Manner {
  /** Milliseconds between two points. 0: as fast as the browser accepts them, several per frame, as from a fast pen. */
  pace?: number;
  /** Milliseconds without a new prediction after which the last one counts as final. */
  calm?: number;
}

/** Draws with the mouse, and waits for the prediction. */
export async function draw(page: Page, strokes: readonly (readonly Point[])[], manner: Manner = {}): Promise<void> {
  const { pace = 0, calm = 150 } = manner;
  const ink = page.locator("#ink");
  await ink.scrollIntoViewIfNeeded();
  const box = await ink.boundingBox();
  if (box === null) throw new Error("The canvas is not on the page");
  // The debugger's own events: Playwright would wait for a frame after each.
  const input = await page.context().newCDPSession(page);
  const send = (type: "mouseMoved" | "mousePressed" | "mouseReleased", [x, y]: Point, buttons: number): Promise<unknown> =>
    input.send("Input.dispatchMouseEvent", {
      type, x: box.x + x * box.width, y: box.y + y * box.height, buttons,
      button: buttons === 0 && type === "mouseMoved" ? "none" : "left", clickCount: type === "mouseMoved" ? 0 : 1,
    });
  for (const stroke of strokes) {
    const [first, last] = [stroke[0], stroke.at(-1)];
    if (first === undefined || last === undefined) continue;
    await send("mouseMoved", first, 0);
    await send("mousePressed", first, 1);
    const moves: Promise<unknown>[] = [];
    for (const point of stroke.slice(1)) {
      moves.push(send("mouseMoved", point, 1));
      if (pace > 0) await new Promise((next) => setTimeout(next, pace));
    }
    await Promise.all(moves);
    await send("mouseReleased", last, 0);
  }
  await input.detach();
  await settled(page, calm);
}

/** Waits until the bars have not changed for a moment: the newest drawing has its prediction. */
export async function settled(page: Page, calm = 150): Promise<void> {
  await page.evaluate((pause) => new Promise<void>((done) => {
    const end = (): void => {
      watcher.disconnect();
      done();
    };
    let timer = setTimeout(end, pause);
    const watcher = new MutationObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(end, pause);
    });
    const card = document.getElementById("answer");
    if (card) watcher.observe(card, { subtree: true, childList: true, characterData: true, attributes: true });
  }), calm);
}

/** Reads the prediction. */
export async function answer(page: Page): Promise<Answer> {
  return page.evaluate(() => {
    const digit = Number.parseInt(document.getElementById("answer-class")?.textContent ?? "", 10);
    const values = [...document.querySelectorAll("#bars .bar-value")];
    return {
      state: document.getElementById("answer")?.dataset["state"] ?? "",
      digit: Number.isNaN(digit) ? null : digit,
      bars: values.map((value) => Number.parseFloat(value.textContent ?? "")),
    };
  });
}

/** A checksum of a canvas's pixels; 0 if nothing is painted. */
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
