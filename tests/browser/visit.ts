/**
 * Figures of a visit, as tables: what is fetched before the first prediction, the length of the views, how far one's
 * own model is away, how much the page moves by itself, and how soon it answers to a press (INP).
 *
 *   npx playwright test -c figures.config.ts visit
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { DIGITS } from "./helpers/digits.js";
import { answer, draw, predicts, ready } from "./helpers/ink.js";
import { builtPage } from "./helpers/places.js";
import { serve } from "./helpers/server.js";
import { shiftsOf } from "./helpers/shifts.js";
import { expect, test } from "./helpers/test.js";
import { openView, trainReady } from "./helpers/views.js";

const SCREENS = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const VIEWS = ["draw", "inside", "train"] as const;
/** The digit that one's own model is asked to read. */
const OWN = 3;

test("download before the first prediction", async ({ page, guard }) => {
  guard.allow(/registration blocked/);
  const host = await serve(builtPage());
  guard.host(host.url);
  const sizes = new Map((JSON.parse(readFileSync(join(builtPage(), "sizes.json"), "utf8")) as Size[]).map((one) => [one.name, one]));
  await page.goto(host.url);
  await ready(page);
  const last = host.asked.findIndex((name) => name.startsWith("assets/train-"));
  const before = [...new Set(host.asked.slice(0, last < 0 ? undefined : last))].map((name) => name || "index.html");
  const rows = before.flatMap((name) => sizes.get(name) ?? []).sort((one, other) => other.gzip - one.gzip);
  const total = (chosen: Size[], how: "gzip" | "brotli"): string =>
    `${(chosen.reduce((sum, one) => sum + one[how], 0) / 1000).toFixed(1)} kB`;
  const scripts = rows.filter(({ name }) => /\.(html|js|css)$/.test(name));
  table(["before the first prediction", "gzip", "brotli"], [
    ...rows.map((one) => [one.name, total([one], "gzip"), total([one], "brotli")]),
    ["page, scripts and styles", total(scripts, "gzip"), total(scripts, "brotli")],
    ["everything", total(rows, "gzip"), total(rows, "brotli")],
  ]);
  await host.close();
});

test("length of the views", async ({ page, url }) => {
  const rows: string[][] = [];
  for (const [screen, viewport] of Object.entries(SCREENS)) {
    await page.setViewportSize(viewport);
    await page.goto("about:blank");
    await page.goto(url);
    await ready(page);
    const row = [screen];
    for (const view of VIEWS) {
      await openView(page, view);
      await page.waitForTimeout(500);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      row.push(`${height} px, ${(height / viewport.height).toFixed(1)} screens`);
    }
    rows.push(row);
  }
  table(["length", ...VIEWS], rows);
});

for (const [screen, viewport] of Object.entries(SCREENS)) {
  test(`from landing to one's own model: ${screen}`, async ({ page, url }) => {
    test.setTimeout(600_000);
    await page.setViewportSize(viewport);
    const landed = Date.now();
    const since = (): string => `${((Date.now() - landed) / 1000).toFixed(1)} s`;
    await page.goto(url);
    await predicts(page);
    const rows = [["first answer", "0", since()]];
    const moved = await shiftsOf(page, async () => {
      await draw(page, DIGITS[OWN] ?? []);
      rows.push(["the shipped model has read one's drawing", "0", since()]);
      await openView(page, "train");
      await page.locator("#run-start").click();
      const own = page.locator("#model-line");
      await expect(own).toHaveText(/in training, epoch \d/, { timeout: 300_000 });
      rows.push(["one's own model answers", "2", since()]);
      await expect(own).toHaveText(/after epoch 1\b|epoch [2-9]/, { timeout: 300_000 });
      rows.push([`after epoch 1 it reads ${await read(page)}`, "2", since()]);
      await expect(page.locator("#run-state")).toHaveText(/Finished/, { timeout: 500_000 });
      rows.push([`at the end it reads ${await read(page)}`, "2", since()]);
    });
    table([`to one's own model, ${screen} (${OWN} was drawn)`, "clicks", "seconds"], rows);
    table([`layout shift meanwhile, ${screen}`], [[moved.toFixed(4)]]);
  });

  test(`presses and movement: ${screen}`, async ({ page, url }) => {
    test.setTimeout(300_000);
    await page.setViewportSize(viewport);
    await watchPresses(page);
    await page.goto(url);
    await ready(page);
    const moved = await shiftsOf(page, () => use(page));
    const presses = await page.evaluate(() => [...(globalThis as unknown as Watched).presses.values()]);
    const slow = presses.sort((one, other) => other - one);
    // As browsers report it: the slowest, without one in fifty.
    const inp = slow[Math.min(slow.length - 1, Math.floor(slow.length / 50))] ?? 0;
    table([`session, ${screen}`, ""], [
      ["presses of 16 ms or more", String(slow.length)],
      ["INP", `${inp} ms`],
      ["slowest", `${slow[0] ?? 0} ms`],
      ["layout shift", moved.toFixed(4)],
    ]);
  });
}

interface Size {
  name: string;
  gzip: number;
  brotli: number;
}

interface Watched {
  /** The longest event of each press, in milliseconds. */
  presses: Map<number, number>;
}

/** Draws four digits, chooses attention, goes through the views and opens folds, as somebody who looks around. */
async function use(page: Page): Promise<void> {
  for (const digit of [4, 8, 2, 7]) {
    await page.locator("#clear").click();
    await draw(page, DIGITS[digit] ?? [], { pace: 8 });
  }
  await page.locator("#undo").click();
  await page.locator("#redo").click();
  await openView(page, "inside");
  for (const radio of await page.locator("#see-strip [role=radio], #see-strip input").all()) {
    if (await radio.isVisible()) await radio.click({ force: true, timeout: 2000 }).catch(() => undefined);
  }
  await page.locator("#clear").click();
  await draw(page, DIGITS[9] ?? [], { pace: 8 });
  await openView(page, "train");
  await trainReady(page);
  for (const fold of await page.locator("#settings details.fold > summary").all()) {
    await fold.click();
    await page.waitForTimeout(200);
  }
  await openView(page, "draw");
  await page.waitForTimeout(500);
}

/** Notes the browser's own figures of each press. */
async function watchPresses(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const presses = new Map<number, number>();
    Object.assign(globalThis, { presses });
    new PerformanceObserver((list) => {
      for (const { interactionId, duration } of list.getEntries() as PerformanceEventTiming[]) {
        if (interactionId) presses.set(interactionId, Math.max(duration, presses.get(interactionId) ?? 0));
      }
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });
}

/** What the model in use makes of the drawing. */
async function read(page: Page): Promise<string> {
  const { digit, bars } = await answer(page);
  return digit === null ? "nothing" : `${digit} (${bars[digit]?.toFixed(1)} %)`;
}

/** A table for people, as Markdown. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  process.stdout.write(`\n${line(head)}${line(head.map(() => "---"))}${rows.map(line).join("")}`);
}
