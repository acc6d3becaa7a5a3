/** Draw, Inside and Train: one page, one canvas, an address for each; and the presentation. */
import type { Page } from "@playwright/test";
import { issues } from "./helpers/axe.js";
import { DIGITS, type Point } from "./helpers/digits.js";
import { answer, draw, painting, ready, settled } from "./helpers/ink.js";
import { shiftsOf } from "./helpers/shifts.js";
import { expect, test } from "./helpers/test.js";
import { builtin } from "./helpers/training.js";

const VIEWS = ["draw", "inside", "train"] as const;
const SCREENS = [{ width: 1440, height: 900 }, { width: 1920, height: 1080 }, { width: 820, height: 1180 }, { width: 390, height: 844 }];

function shown(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.documentElement.dataset["view"]);
}

/** The part of an element that lies in the window and below the header, 0 to 1. */
async function inSight(page: Page, selector: string): Promise<number> {
  return page.locator(selector).evaluate((element) => {
    const top = document.querySelector("header")?.getBoundingClientRect().bottom ?? 0;
    const box = element.getBoundingClientRect();
    const across = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
    const down = Math.min(box.bottom, innerHeight) - Math.max(box.top, top);
    return (Math.max(0, across) * Math.max(0, down)) / (box.width * box.height);
  });
}

test("each view has an address, a title and a heading that takes the focus; back leads back", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  const headings = { draw: "draw-title", inside: "how-title", train: "train-title" };
  const titles = new Set<string>();
  for (const view of ["inside", "train", "draw"] as const) {
    await page.locator(`#views a[href="#${view}"]`).click();
    expect(await shown(page)).toBe(view);
    expect(new URL(page.url()).hash).toBe(`#${view}`);
    await expect(page.locator("#views a[aria-current=page]")).toHaveAttribute("href", `#${view}`);
    await expect(page.locator(`#${headings[view]}`)).toBeFocused();
    for (const other of VIEWS) await expect(page.locator(`#${headings[other]}`)).toBeVisible({ visible: other === view });
    titles.add(await page.title());
  }
  expect(titles.size).toBe(3);
  await page.goBack();
  expect(await shown(page)).toBe("train");
  await page.goBack();
  expect(await shown(page)).toBe("inside");
});

test("old addresses and those of single parts lead to their view and place", async ({ page, url }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const places = {
    "#how": ["inside", "how-title"], "#see": ["inside", "see-title"], "#inside-tokens": ["inside", "inside-tokens-title"],
    "#data": ["train", "data-title"], "#settings": ["train", "settings-title"], "#run": ["train", "run-title"],
    "#s=small;epochs=7": ["train", "settings-title"], "#draw": ["draw", "draw-title"], "#nothing": ["draw", "draw-title"],
  };
  for (const [hash, [view, heading]] of Object.entries(places)) {
    await page.goto("about:blank");
    await page.goto(`${url}${hash}`);
    // Before any script of the page's own has run: nothing jumps.
    expect(await shown(page), hash).toBe(view);
    await ready(page);
    await expect(page.locator(`#${heading}`), hash).toBeInViewport();
  }
});

test("who draws does not fetch what training takes; who goes to Train does", async ({ page, url, site }) => {
  // As the host sees it: the service worker fetches, too.
  const before = site.asked.length;
  const trainer = (): boolean => site.asked.slice(before).some((name) => /trainer-\w+\.wasm$/.test(name));
  await page.goto(url);
  await ready(page);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  for (const view of ["inside", "draw"]) {
    await page.locator(`#views a[href="#${view}"]`).click();
    await page.waitForTimeout(2500);
  }
  expect(trainer()).toBe(false);
  await page.locator('#views a[href="#train"]').click();
  await expect.poll(trainer).toBe(true);
});

test("a link to a view from elsewhere shows its beginning", async ({ page, url }) => {
  for (const view of VIEWS) {
    await page.goto("about:blank");
    await page.goto(`${url}#${view}`);
    await ready(page);
    expect(await page.evaluate(() => scrollY), view).toBe(0);
  }
});

test("what is not shown is neither read nor reached by keys", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  const reached = new Set<string>();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement?.closest(".view, #desk, header, footer, #flow")?.id ?? ""));
  }
  expect(reached).toContain("desk");
  expect(reached).toContain("draw");
  expect(reached).not.toContain("inside");
  expect(reached).not.toContain("train");
  const tree = await page.locator("main").ariaSnapshot();
  expect(tree).not.toContain("Train your own");
});

test("one draws in every view, on every screen, and the answer follows", async ({ page, url }) => {
  test.slow();
  for (const { width, height } of SCREENS) {
    await page.setViewportSize({ width, height });
    await page.goto(url);
    await ready(page);
    for (const [i, view] of VIEWS.entries()) {
      await page.locator(`#views a[href="#${view}"]`).click();
      // Also far down the page.
      if (view !== "draw") await page.evaluate(() => scrollTo({ top: 1500, behavior: "instant" }));
      const place = `${view} at ${width} pixels`;
      expect(await inSight(page, "#ink"), `canvas, ${place}`).toBe(1);
      expect(await inSight(page, "#answer-class"), `answer, ${place}`).toBe(1);
      await page.locator("#clear").click();
      await draw(page, DIGITS[i + 2] ?? []);
      expect((await answer(page)).digit, place).toBe(i + 2);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), place).toBe(0);
    }
  }
});

test("the drawing and a run go on while the views change", async ({ page, url }) => {
  await page.goto(`${url}#s=tiny;epochs=50;batch_size=32`);
  await ready(page);
  await builtin(page);
  await draw(page, DIGITS[3] ?? []);
  await page.locator("#run-start").click();
  await expect(page.locator("#run-epoch-text")).toHaveText(/step/, { timeout: 30_000 });
  const step = async (): Promise<string | null> => page.locator("#run-epoch-text").textContent();
  for (const view of ["draw", "inside", "train"]) {
    await page.locator(`#views a[href="#${view}"]`).click();
    const before = await step();
    await expect.poll(step, `the run in ${view}`).not.toBe(before);
  }
  // The model in training answers to the drawing, beside its curves.
  await expect(page.locator("#model-switch input[value=training]")).toBeChecked();
  await expect(page.locator("#undo")).toBeEnabled();
});

test("a view is where it was left", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  await ready(page);
  // With the mouse alone: Playwright's own click scrolls first to what lies in the sticky header.
  const press = async (view: string): Promise<void> => {
    const box = await page.locator(`#views a[href="#${view}"]`).boundingBox();
    await page.mouse.click((box?.x ?? NaN) + 10, (box?.y ?? NaN) + 10);
    await expect.poll(() => shown(page)).toBe(view);
  };
  await page.evaluate(() => scrollTo({ top: 900, behavior: "instant" }));
  await press("draw");
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await press("train");
  expect(await page.evaluate(() => scrollY)).toBe(900);
});

test("the strip shows the steps of this model in their order, and each leads to its inside", async ({ page, url }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(url);
  await ready(page);
  await draw(page, DIGITS[5] ?? []);
  // The shipped model has convolutions before its patches.
  await expect(page.locator("#flow .flow-name:visible")).toHaveText(["Pixels", "Convolutions", "Patches", "Tokens", "Blocks", "Answer"]);
  await expect(page.locator("#flow [data-flow=patches]")).toHaveText("7×7 = 49");
  await expect(page.locator("#flow [data-flow=answer]")).toHaveText("5");
  const pictures = ["pixels", "convolutions", "patches", "tokens", "blocks", "answer"];
  for (const name of pictures) expect(await painting(page, `#flow [data-picture=${name}]`), name).not.toBe(0);
  for (const name of pictures) {
    await page.locator('#views a[href="#draw"]').click();
    await page.locator(`#flow a[href="#inside-${name}"]`).click();
    expect(await shown(page)).toBe("inside");
    await expect(page.locator(`#inside-${name}-title`)).toBeInViewport();
  }
});

test("attention is a tint above an equal share: it comes when the pen is lifted, and none on empty paper", async ({ page, url }) => {
  await page.goto(url);
  await ready(page);
  await page.locator("#clear").click();
  await settled(page);
  /** How many pixels of the overlay are warm, in shares. */
  const warm = (): Promise<number> => page.locator("#overlay").evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const copy = new OffscreenCanvas(width, height).getContext("2d");
    copy?.drawImage(element as HTMLCanvasElement, 0, 0);
    const pixels = copy?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
    let found = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      if ((pixels[i + 3] ?? 0) > 5 && (pixels[i] ?? 0) > (pixels[i + 2] ?? 0) + 60) found += 1;
    }
    return found / (width * height);
  });
  const opacity = (): Promise<string> => page.locator("#overlay").evaluate((element) => getComputedStyle(element).opacity);
  expect(await warm()).toBe(0);
  expect(await painting(page, "#overlay"), "the lines of the patches").not.toBe(0);
  const box = await page.locator("#ink").boundingBox();
  if (box === null) throw new Error("The canvas is not on the page");
  const move = ([x, y]: Point): Promise<void> => page.mouse.move(box.x + x * box.width, box.y + y * box.height);
  await move([0.5, 0.2]);
  await page.mouse.down();
  await move([0.5, 0.5]);
  await move([0.49, 0.8]);
  await expect.poll(opacity).toBe("0");
  await page.mouse.up();
  await expect.poll(opacity).toBe("1");
  await expect.poll(warm).toBeGreaterThan(0.01);
  // Most patches get less than an equal share: they stay paper.
  expect(await warm()).toBeLessThan(0.5);
});

test.describe("on a phone", () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test("ten digits in a row need one screen", async ({ page, url }) => {
    await page.goto(url);
    await ready(page);
    for (const { width, height } of [{ width: 390, height: 844 }, { width: 360, height: 740 }, { width: 390, height: 664 }]) {
      await page.setViewportSize({ width, height });
      for (const needed of ["#ink", "#undo", "#clear", "#answer-class", "#answer-words", "#top"]) {
        expect(await inSight(page, needed), `${needed} at ${width}×${height}`).toBe(1);
      }
    }
    await page.setViewportSize({ width: 390, height: 844 });
    const read: (number | null)[] = [];
    for (const strokes of DIGITS) {
      await page.locator("#clear").tap();
      await draw(page, strokes);
      read.push((await answer(page)).digit);
      expect(await page.evaluate(() => scrollY)).toBe(0);
    }
    expect(read).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await expect(page.locator("#top .bar")).toHaveCount(3);
    await expect(page.locator("#bars")).toBeHidden();
    await page.locator("#all-bars summary").tap();
    await expect(page.locator("#bars .bar")).toHaveCount(10);
    await expect(page.locator("#bars")).toBeVisible();
  });
});

test("nothing moves while one draws, points at patches, chooses heads and readers", async ({ page, url }) => {
  for (const { width, height } of SCREENS) {
    await page.setViewportSize({ width, height });
    await page.goto(url);
    await ready(page);
    const sum = await shiftsOf(page, async () => {
      for (const digit of [8, 1, 7]) {
        await page.locator("#clear").click();
        await draw(page, DIGITS[digit] ?? []);
      }
      await page.locator('#views a[href="#inside"]').click();
      await page.locator("#see-picture").evaluate((one) => one.scrollIntoView({ block: "center", behavior: "instant" }));
      const below = (): Promise<number> => page.locator("#inside-answer").evaluate((one) => one.getBoundingClientRect().top + scrollY);
      const stood = await below();
      const box = await page.locator("#see-picture").boundingBox();
      if (box === null) throw new Error("There is no picture");
      for (let patch = 0; patch < 7; patch++) {
        await page.mouse.move(box.x + ((patch + 0.5) * box.width) / 7, box.y + ((patch + 0.5) * box.height) / 7);
        await page.waitForTimeout(60);
        expect(await below(), `pointing at patch ${patch} at ${width} pixels`).toBe(stood);
      }
      await page.mouse.move(0, height - 1);
      for (const head of await page.locator("#see-strip [role=radio]").all()) {
        await head.click();
        expect(await below(), `a head at ${width} pixels`).toBe(stood);
      }
      await page.locator("#see-reader-patch").check();
      await page.locator("#see-row").selectOption({ index: 2 });
      expect(await below(), `a patch at ${width} pixels`).toBe(stood);
    });
    test.info().annotations.push({ type: `layout shift while using at ${width} pixels`, description: sum.toFixed(4) });
    expect(sum, `at ${width} pixels`).toBeLessThanOrEqual(0.01);
  }
});

test("wide screens are used, and the attention picture grows with its place", async ({ page, url }) => {
  const widths: number[] = [];
  for (const { width, height } of [{ width: 1280, height: 800 }, { width: 1920, height: 1080 }]) {
    await page.setViewportSize({ width, height });
    await page.goto(`${url}#inside`);
    await ready(page);
    widths.push(await page.locator("#see-picture").evaluate((one) => one.clientWidth));
    const used = await page.evaluate(() => (document.getElementById("inside")?.getBoundingClientRect().right ?? 0)
      - (document.getElementById("stage")?.getBoundingClientRect().left ?? 0));
    expect(used / width, `${width} pixels`).toBeGreaterThan(0.85);
  }
  expect(widths[1]).toBeGreaterThan((widths[0] ?? NaN) * 1.2);
});

test("no view has an issue for axe that is more than minor, light and dark, on two screens", async ({ page, url }) => {
  test.slow();
  for (const view of [...VIEWS, "present"]) {
    await page.goto("about:blank");
    await page.goto(`${url}#${view}`);
    await ready(page);
    for (const { width, height } of [{ width: 1280, height: 900 }, { width: 390, height: 844 }]) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await issues(page), `${view}, ${width} pixels, ${colorScheme}`).toEqual([]);
      }
    }
  }
});

test("the borders of controls stand out from paper and card by 3:1, light and dark", async ({ page, url }) => {
  await page.goto(url);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const ratios = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const light = (name: string): number => {
        const bits = Number.parseInt(style.getPropertyValue(`--${name}`).trim().slice(1), 16);
        const [red = 0, green = 0, blue = 0] = [bits >> 16, (bits >> 8) & 255, bits & 255]
          .map((byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      return ["paper", "card", "sheet"].map((ground) => {
        const [one, other] = [light("edge"), light(ground)];
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      });
    });
    for (const ratio of ratios) expect(ratio, colorScheme).toBeGreaterThanOrEqual(3);
  }
});

test("the presentation: large, stepped by keys, drawn on, left by Escape", async ({ page, url }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(`${url}#inside`);
  await ready(page);
  await page.getByRole("link", { name: "Present" }).click();
  await expect(page.locator("#present-title")).toHaveText("28×28 pixels");
  expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight), "nothing to scroll").toBeLessThanOrEqual(0);
  const canvas = await page.locator("#ink").boundingBox();
  expect(canvas?.height).toBeGreaterThan(400);
  await page.keyboard.press("c");
  await draw(page, DIGITS[4] ?? []);
  expect((await answer(page)).digit).toBe(4);
  // The canvas has the focus now; its arrow keys step all the same.
  const seen: (string | null)[] = [];
  const pictures = new Set<number>();
  for (let step = 0; step < 10; step++) {
    await expect(page.locator("#present-place")).toHaveText(`${step + 1} / 10`);
    await page.waitForTimeout(150);
    seen.push(await page.locator("#present-title").textContent());
    pictures.add(await painting(page, "#present-picture"));
    await page.keyboard.press(step % 2 === 0 ? "ArrowRight" : "PageDown");
  }
  expect(seen).toEqual(["28×28 pixels", "4 convolutions", "49 patches", "50 tokens", "Block 1: 4 heads", "Block 2: 4 heads",
    "Block 3: 4 heads", "Block 4: 4 heads", "Over all blocks", "The answer"]);
  expect(pictures.size).toBe(10);
  await page.keyboard.press("ArrowLeft");
  await expect(page.locator("#present-title")).toHaveText("Over all blocks");
  await page.keyboard.press("7");
  await expect(page.locator("#answer-class")).toHaveText("7");
  await page.keyboard.press("Escape");
  expect(await shown(page)).toBe("inside");
  expect(new URL(page.url()).hash).toBe("#inside");
});
