/** Pens, palms and fingers on the canvas, and other events during a stroke. */
import type { CDPSession, Page } from "@playwright/test";
import { DIGITS, type Point } from "./helpers/digits.js";
import { answer, draw, ready, settled } from "./helpers/ink.js";
import { stored } from "./helpers/stored.js";
import { expect, test } from "./helpers/test.js";

/** A pointer event, dispatched to the canvas as by the browser. */
interface Sent {
  type: "pointerdown" | "pointermove" | "pointerup" | "pointercancel";
  pointer: "pen" | "touch";
  id: number;
  at: Point;
  primary?: boolean;
  button?: number;
  buttons?: number;
}

async function send(page: Page, ...events: Sent[]): Promise<void> {
  await page.locator("#ink").evaluate((canvas, list) => {
    // No real pointer is down, so the browser has nothing to capture.
    canvas.setPointerCapture = () => undefined;
    const box = canvas.getBoundingClientRect();
    for (const { type, pointer, id, at, primary = true, button = 0, buttons } of list) {
      const down = type === "pointerdown" || type === "pointermove";
      canvas.dispatchEvent(new PointerEvent(type, {
        bubbles: true, cancelable: true, pointerId: id, pointerType: pointer, isPrimary: primary,
        clientX: box.left + at[0] * box.width, clientY: box.top + at[1] * box.height,
        button: type === "pointermove" ? -1 : button, buttons: buttons ?? (down ? 1 : 0), pressure: down ? 0.5 : 0,
      }));
    }
  }, events);
}

/** The events of a stroke. */
function stroke(pointer: Sent["pointer"], id: number, points: readonly Point[]): Sent[] {
  const [first, last]: [Point, Point] = [points[0] ?? [0, 0], points.at(-1) ?? [0, 0]];
  return [
    { type: "pointerdown", pointer, id, at: first },
    ...points.slice(1).map((at): Sent => ({ type: "pointermove", pointer, id, at })),
    { type: "pointerup", pointer, id, at: last },
  ];
}

/** The stored strokes, once they have this many points. */
async function strokesKept(page: Page, points: number): Promise<Point[][]> {
  const kept = async (): Promise<Point[][]> => {
    const last = (await stored(page, "drawings")).find(({ key }) => key === "last");
    return ((last?.value as { strokes?: { points: Point[] }[] } | undefined)?.strokes ?? []).map((one) => one.points);
  };
  await expect.poll(async () => (await kept()).flat().length).toBe(points);
  return kept();
}

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await ready(page);
  await page.locator("#ink").scrollIntoViewIfNeeded();
}

const SEVEN = DIGITS[7]?.[0] ?? [];
const PALM: Point = [0.9, 0.9];

test("a pen draws although a palm touched before it, and the palm leaves no ink", async ({ page, url }) => {
  await open(page, url);
  await send(page,
    { type: "pointerdown", pointer: "touch", id: 20, at: PALM },
    { type: "pointermove", pointer: "touch", id: 20, at: [0.8, 0.9] });
  await send(page, ...stroke("pen", 30, SEVEN));
  // The palm moves once more, and another part of the hand touches, before it is lifted.
  await send(page,
    { type: "pointermove", pointer: "touch", id: 20, at: [0.7, 0.9] },
    { type: "pointerdown", pointer: "touch", id: 21, at: [0.6, 0.95], primary: false },
    { type: "pointerup", pointer: "touch", id: 21, at: [0.6, 0.95], primary: false },
    { type: "pointerup", pointer: "touch", id: 20, at: [0.7, 0.9] });
  expect(await strokesKept(page, SEVEN.length)).toHaveLength(1);
  await settled(page);
  expect((await answer(page)).digit).toBe(7);
});

test("a palm's ink is removed when the system cancels it for the pen; without a pen, a finger's ink stays", async ({ page, url }) => {
  await open(page, url);
  const taken: Sent[] = [
    { type: "pointerdown", pointer: "touch", id: 20, at: PALM },
    { type: "pointermove", pointer: "touch", id: 20, at: [0.8, 0.8] },
    { type: "pointercancel", pointer: "touch", id: 20, at: [0.8, 0.8] },
  ];
  await send(page, ...taken);
  expect(await strokesKept(page, 2)).toHaveLength(1);
  await send(page, ...taken, ...stroke("pen", 30, SEVEN));
  expect(await strokesKept(page, 2 + SEVEN.length)).toHaveLength(2);
});

test("a finger draws a moment after the pen, not immediately; a pen's other buttons draw nothing", async ({ page, url }) => {
  await open(page, url);
  await send(page, ...stroke("pen", 30, SEVEN), ...stroke("touch", 20, [[0.2, 0.2], [0.3, 0.3]]));
  expect(await strokesKept(page, SEVEN.length)).toHaveLength(1);
  await page.waitForTimeout(1100);
  await send(page, ...stroke("touch", 21, [[0.2, 0.2], [0.3, 0.3]]));
  expect(await strokesKept(page, SEVEN.length + 2)).toHaveLength(2);
  const barrel = { pointer: "pen", id: 31, button: 2, buttons: 2 } as const;
  const eraser = { pointer: "pen", id: 32, button: 5, buttons: 32 } as const;
  for (const end of [barrel, eraser]) {
    await send(page, { ...end, type: "pointerdown", at: [0.4, 0.4] }, { ...end, type: "pointermove", at: [0.6, 0.6] },
      { ...end, type: "pointerup", at: [0.6, 0.6], buttons: 0 });
  }
  await page.waitForTimeout(500);
  expect(await strokesKept(page, SEVEN.length + 2)).toHaveLength(2);
});

test("the wheel during a stroke moves neither the page nor the ink, and scrolls again after it", async ({ page, url }) => {
  await open(page, url);
  await page.locator("#clear").click();
  const box = await page.locator("#ink").boundingBox();
  if (box === null) throw new Error("The canvas is not on the page");
  const move = ([x, y]: Point): Promise<void> => page.mouse.move(box.x + x * box.width, box.y + y * box.height);
  const before = await page.evaluate(() => scrollY);
  await move([0.2, 0.3]);
  await page.mouse.down();
  await move([0.5, 0.3]);
  await page.mouse.wheel(0, 150);
  await page.waitForTimeout(200);
  expect(await page.evaluate(() => scrollY)).toBe(before);
  await move([0.8, 0.3]);
  await page.mouse.up();
  const points = (await strokesKept(page, 3)).flat();
  for (const [, y] of points) expect(y).toBeCloseTo(0.3, 1);
  await page.mouse.wheel(0, 150);
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(before);
});

test("ink stays under the pointer when the page moves under the stroke", async ({ page, url }) => {
  await open(page, url);
  await page.locator("#clear").click();
  const box = await page.locator("#ink").boundingBox();
  if (box === null) throw new Error("The canvas is not on the page");
  await page.mouse.move(box.x + 0.2 * box.width, box.y + 0.3 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.3 * box.width, box.y + 0.3 * box.height);
  // As if a notice appeared above the canvas.
  const shift = Math.round(0.25 * box.height);
  await page.evaluate((height) => {
    const notice = document.createElement("div");
    notice.style.height = `${height}px`;
    document.getElementById("main")?.before(notice);
    scrollTo({ top: 0, behavior: "instant" });
  }, shift);
  const moved = await page.locator("#ink").boundingBox();
  if (moved === null) throw new Error("The canvas is not on the page");
  expect(Math.abs(moved.y - box.y)).toBeGreaterThan(20);
  await page.mouse.move(moved.x + 0.4 * moved.width, moved.y + 0.6 * moved.height);
  await page.mouse.up();
  const last = (await strokesKept(page, 3)).flat().at(-1);
  expect(last?.[0]).toBeCloseTo(0.4, 2);
  expect(last?.[1]).toBeCloseTo(0.6, 2);
});

test("only with the focus on the canvas do Escape, Delete and Backspace clear", async ({ page, url }) => {
  await open(page, url);
  const state = page.locator("#answer");
  await draw(page, DIGITS[3] ?? []);
  const drawn = await answer(page);
  expect(drawn.digit).toBe(3);
  for (const focus of ["nothing", "#open-picture", "#undo"]) {
    await page.evaluate((selector) => {
      (document.activeElement as HTMLElement | null)?.blur();
      if (selector !== "nothing") document.querySelector<HTMLElement>(selector)?.focus();
    }, focus);
    for (const key of ["Escape", "Delete", "Backspace"]) await page.keyboard.press(key);
    await page.waitForTimeout(200);
    expect(await answer(page), focus).toEqual(drawn);
  }
  for (const key of ["Escape", "Delete", "Backspace"]) {
    // Drawing moves the focus to the canvas.
    await draw(page, DIGITS[3] ?? []);
    await expect(page.locator("#ink")).toBeFocused();
    await page.keyboard.press(key);
    await expect(state).toHaveAttribute("data-state", "empty");
  }
  // Without focus, undo still applies to the drawing.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press("Control+z");
  await expect(state).toHaveAttribute("data-state", "sure");
});

test("the space key does not take a stroke from the mouse", async ({ page, url }) => {
  await open(page, url);
  await page.locator("#clear").click();
  const box = await page.locator("#ink").boundingBox();
  if (box === null) throw new Error("The canvas is not on the page");
  await page.mouse.move(box.x + 0.2 * box.width, box.y + 0.3 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.5 * box.width, box.y + 0.3 * box.height);
  await page.keyboard.press("Space");
  await page.mouse.move(box.x + 0.8 * box.width, box.y + 0.3 * box.height);
  await page.mouse.up();
  expect(await strokesKept(page, 3)).toHaveLength(1);
});

test.describe("on a phone", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });

  /** Two fingers that touch together and move apart. */
  async function pinch(input: CDPSession, centre: { x: number; y: number }): Promise<void> {
    const fingers = (apart: number): { x: number; y: number; id: number }[] =>
      [-1, 1].map((side, id) => ({ x: centre.x + side * apart, y: centre.y, id }));
    await input.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: fingers(30).slice(0, 1) });
    await input.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: fingers(30) });
    for (let apart = 35; apart <= 120; apart += 5) {
      await input.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: fingers(apart) });
    }
    await input.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  }

  test("two fingers zoom the page and leave no ink", async ({ page, url }) => {
    await open(page, url);
    await page.locator("#clear").tap();
    await page.locator("#ink").scrollIntoViewIfNeeded();
    const box = await page.locator("#ink").boundingBox();
    if (box === null) throw new Error("The canvas is not on the page");
    const input = await page.context().newCDPSession(page);
    await pinch(input, { x: box.x + box.width / 2, y: box.y + box.height / 2 });
    await expect.poll(() => page.evaluate(() => visualViewport?.scale ?? 1)).toBeGreaterThan(1.2);
    await expect(page.locator("#answer")).toHaveAttribute("data-state", "empty");
    await expect(page.locator("#undo")).toBeEnabled();
    // Not a tap: on a zoomed page, Playwright does not find the button.
    await page.locator("#undo").evaluate((button: HTMLButtonElement) => button.click());
    await expect(page.locator("#ink-note")).toBeVisible();
  });
});
