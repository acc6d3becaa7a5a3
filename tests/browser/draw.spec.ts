/** Drawing, the prediction beside it, and the model's input. */
import { DIGITS, type Point } from "./helpers/digits.js";
import { answer, draw, painting, ready, settled } from "./helpers/ink.js";
import { stored } from "./helpers/stored.js";
import { expect, test } from "./helpers/test.js";

test("first paint shows an example with its prediction before any wasm", async ({ page, context, url, guard }) => {
  guard.allow(/net::ERR_FAILED/);
  await context.route(/\.wasm$|\.safetensors$/, () => undefined);
  await page.goto(url);
  await expect(page.locator("#ink-note")).toBeVisible();
  // The page's HTML is visible before its script, which shows the example, has run.
  await expect(page.locator("#answer")).toHaveAttribute("data-state", "sure");
  const { digit, bars } = await answer(page);
  expect(digit).not.toBeNull();
  expect(Math.max(...bars)).toBeGreaterThan(50);
  await expect.poll(() => painting(page, "#ink")).not.toBe(0);
  await expect.poll(() => painting(page, "#overlay")).not.toBe(0);
  await expect.poll(() => painting(page, "#seen")).not.toBe(0);
  // Ink is accepted at once; the prediction follows when the model is loaded.
  await draw(page, DIGITS[1] ?? []);
  await expect(page.locator("#answer")).toHaveAttribute("data-state", "waiting");
  await expect(page.locator("#undo")).toBeEnabled();
  await context.unrouteAll({ behavior: "ignoreErrors" });
});

test("every drawn digit is predicted correctly", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  const read: (number | null)[] = [];
  for (const strokes of DIGITS) {
    await page.locator("#clear").click();
    await draw(page, strokes);
    read.push((await answer(page)).digit);
  }
  expect(read).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("the engine's confidence is shown: sure of a digit, not of dots", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  await page.locator("#clear").click();
  await draw(page, DIGITS[2] ?? []);
  expect((await answer(page)).state).toBe("sure");
  await page.locator("#clear").click();
  const ring = [0, 1, 2, 3, 4].map((i): Point[] => [[0.5 + 0.3 * Math.cos(1.26 * i), 0.5 + 0.3 * Math.sin(1.26 * i)]]);
  await draw(page, ring);
  expect((await answer(page)).state).toBe("unlike");
  await expect(page.locator("#answer-words")).toHaveText(/^Like none that it knows/);
  await expect(page.locator("#answer-class")).toHaveText(/^\d\?$/);
  await expect(page.locator("#top .bar-value").first()).toBeHidden();
  // Two digits side by side.
  await page.locator("#clear").click();
  const beside = (digit: number, left: number): Point[][] =>
    (DIGITS[digit] ?? []).map((line) => line.map(([x, y]): Point => [left + 0.45 * x, y]));
  await draw(page, [...beside(2, 0), ...beside(3, 0.5)]);
  expect((await answer(page)).state).toBe("several");
  await expect(page.locator("#answer-words")).toHaveText("Two at once? Draw one at a time");
  await expect(page.locator("#answer-class")).toHaveText("?");
});

test("ink becomes a 28×28 image, attention and a strip of heads, and all follow the pen", async ({ page, url }) => {
  await page.goto(`${url}#inside`);
  await ready(page);
  const pictures = ["#seen", "#overlay", "#see-picture", "#see-strip canvas"];
  const look = (): Promise<number[]> => Promise.all(pictures.map((selector) => painting(page, selector)));
  await draw(page, DIGITS[3] ?? []);
  const first = await look();
  expect(first).not.toContain(0);
  await page.locator("#clear").click();
  await draw(page, DIGITS[7] ?? []);
  const second = await look();
  second.forEach((hash, i) => expect(hash, pictures[i]).not.toBe(first[i]));

  const heads = page.locator("#see-strip [role=radio]");
  expect(await heads.count()).toBeGreaterThan(4);
  await heads.nth(3).click();
  await expect(heads.nth(3)).toHaveAttribute("aria-checked", "true");
  expect(await painting(page, "#see-picture")).not.toBe(second[2]);
  const sentence = await page.locator("#see-sentence").textContent();
  await page.locator("#see-reader-patch").check();
  await page.locator("#see-row").selectOption({ index: 2 });
  await expect(page.locator("#see-sentence")).not.toHaveText(sentence ?? "");
  await page.locator("#see-show").uncheck();
  await expect.poll(() => painting(page, "#overlay")).toBe(0);
});

test("undo, redo and clear with keys and buttons", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  await page.locator("#clear").click();
  await expect(page.locator("#answer")).toHaveAttribute("data-state", "empty");
  await draw(page, DIGITS[4] ?? []);
  const whole = await answer(page);
  expect(whole.digit).toBe(4);
  await page.keyboard.press("Control+z");
  await settled(page);
  const half = await answer(page);
  expect(half.bars).not.toEqual(whole.bars);
  await page.keyboard.press("Control+y");
  await settled(page);
  expect(await answer(page)).toEqual(whole);
  await page.keyboard.press("Delete");
  await expect(page.locator("#answer")).toHaveAttribute("data-state", "empty");
  await page.locator("#undo").click();
  await settled(page);
  expect(await answer(page)).toEqual(whole);
});

test("a stroke continues when the browser cancels the pointer", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  const box = await page.locator("#ink").boundingBox();
  if (box === null) throw new Error("The canvas is not on the page");
  const seven = async (between: () => Promise<void>): Promise<number[]> => {
    await page.locator("#clear").click();
    const move = (x: number, y: number): Promise<void> => page.mouse.move(box.x + x * box.width, box.y + y * box.height);
    await move(0.3, 0.2);
    await page.mouse.down();
    await move(0.7, 0.2);
    await between();
    await move(0.45, 0.8);
    await page.mouse.up();
    await settled(page);
    return (await answer(page)).bars;
  };
  const whole = await seven(() => Promise.resolve());
  const taken = await seven(() =>
    page.locator("#ink").evaluate((canvas) => {
      for (let id = 0; id < 10; id++) if (canvas.hasPointerCapture(id)) canvas.releasePointerCapture(id);
    }));
  expect(taken).toEqual(whole);
  await page.locator("#undo").click();
  await expect(page.locator("#answer")).toHaveAttribute("data-state", "empty");
});

test("a digit is drawn with the keyboard alone", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const ink = page.locator("#ink");
  for (let i = 0; i < 8 && !(await ink.evaluate((canvas) => canvas === document.activeElement)); i++) {
    await page.keyboard.press("Tab");
  }
  await expect(ink).toBeFocused();
  await page.keyboard.press("Delete");
  // A seven: from the middle to the left, pen down, right, then down.
  for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Space");
  for (let i = 0; i < 11; i++) await page.keyboard.press("ArrowRight");
  for (let i = 0; i < 15; i++) {
    await page.keyboard.press("ArrowDown");
    if (i % 3 === 2) await page.keyboard.press("ArrowLeft");
  }
  await page.keyboard.press("Space");
  await settled(page);
  expect((await answer(page)).digit).toBe(7);
});

test("every point of a stroke is recorded once and in order, whichever event reports it", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  await page.locator("#clear").click();
  const stroke = Array.from({ length: 60 }, (_, i): Point => [0.2 + i / 100, 0.3 + (i % 7) / 30]);
  await draw(page, [stroke], { pace: 5 });
  const kept = async (): Promise<number[][]> => {
    const last = (await stored(page, "drawings")).find(({ key }) => key === "last");
    const drawing = last?.value as { strokes?: { points: number[][] }[] } | undefined;
    return drawing?.strokes?.[0]?.points ?? [];
  };
  await expect.poll(async () => (await kept()).length).toBe(stroke.length);
  (await kept()).forEach(([x, y], i) => {
    expect(x).toBeCloseTo(stroke[i]?.[0] ?? NaN, 2);
    expect(y).toBeCloseTo(stroke[i]?.[1] ?? NaN, 2);
  });
});

test("the drawing is still there after a reload", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  await draw(page, DIGITS[2] ?? []);
  const before = await answer(page);
  await page.waitForTimeout(600);
  await page.reload();
  await ready(page);
  await settled(page);
  expect(await answer(page)).toEqual(before);
});

test("a picture is predicted instead of ink", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  await page.locator("#clear").click();
  await draw(page, DIGITS[5] ?? []);
  const picture = await page.locator("#ink").evaluate((element) => {
    const from = element as HTMLCanvasElement;
    const paper = document.createElement("canvas");
    [paper.width, paper.height] = [from.width, from.height];
    const context = paper.getContext("2d");
    if (!context) return "";
    context.fillStyle = "#e8e4da";
    context.fillRect(0, 0, paper.width, paper.height);
    context.drawImage(from, 0, 0);
    return paper.toDataURL("image/png").split(",")[1] ?? "";
  });
  await page.locator("#clear").click();
  const buffer = Buffer.from(picture, "base64");
  await page.locator("#picture-file").setInputFiles({ name: "five.png", mimeType: "image/png", buffer });
  await expect(page.locator("#answer-class")).toHaveText(/^5/);
});

test.describe("on a phone", () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test("a finger draws without scrolling the page", async ({ page, url }) => {
    await page.goto(url);
    await ready(page);
    const ink = page.locator("#ink");
    await ink.scrollIntoViewIfNeeded();
    const box = await ink.boundingBox();
    if (box === null) throw new Error("The canvas is not on the page");
    const before = await page.evaluate(() => scrollY);
    const input = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", point: Point | null): Promise<unknown> =>
      input.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: point === null ? [] : [{ x: box.x + point[0] * box.width, y: box.y + point[1] * box.height }],
      });
    for (const stroke of DIGITS[1] ?? []) {
      for (const [i, point] of stroke.entries()) await touch(i === 0 ? "touchStart" : "touchMove", point);
      await touch("touchEnd", null);
    }
    await settled(page);
    expect((await answer(page)).digit).toBe(1);
    expect(await page.evaluate(() => scrollY)).toBe(before);
  });
});
