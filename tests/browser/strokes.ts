/**
 * Real pen strokes of 30 writers as pointer events on the real canvas: the page's accuracy and speed. PATCHWORK_SAMPLES
 * sets how many (1,000), spread over writers and digits.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Browser } from "@playwright/test";
import type { Point } from "./helpers/digits.js";
import { answer, draw, ready } from "./helpers/ink.js";
import { clocks, spread, startClocks } from "./helpers/measure.js";
import { shared } from "./helpers/places.js";
import { expect, test } from "./helpers/test.js";

interface Sample {
  label: number;
  writer: string;
  strokes: Point[][];
}

/** The middle part of the canvas that the ink fills, as a share of its side. */
const FILLED = 0.7;
/** One in this many samples is drawn at a realistic pace, for the timings. */
const PACED_EVERY = 20;
/** Milliseconds between two points at a realistic pace. */
const PACE = 12;
const LOADS = 5;
const BATCH = 50;

const samples = spreadOut(read(), Number(process.env["PATCHWORK_SAMPLES"] ?? 1000));
const wrong: Sample[] = [];
/** How often a digit was predicted as another: "1 as 7". */
const mistakes = new Map<string, number>();
const times: number[] = [];
let unsure = 0;

test.describe("strokes", () => {
  // A new page for each batch: Playwright records what a test did, and slows down.
  for (let from = 0; from < samples.length; from += BATCH) {
    test(`from ${from}`, async ({ page, url }) => {
      await startClocks(page);
      await page.goto(url);
      await ready(page);
      for (const [i, sample] of samples.slice(from, from + BATCH).entries()) {
        await page.locator("#ink").press("Delete");
        await draw(page, fitted(sample.strokes), { calm: 60, pace: i % PACED_EVERY === 0 ? PACE : 0 });
        const { digit, state } = await answer(page);
        if (digit !== sample.label) mistaken(sample, digit);
        if (state !== "sure") unsure += 1;
      }
      times.push(...(await clocks(page)).bars);
    });
  }

  test.afterAll(() => {
    const often = [...mistakes].sort(([, one], [, other]) => other - one).slice(0, 10);
    say(`correct: ${share(wrong, samples)}; 'not sure' for ${unsure}`);
    say(`most often: ${often.map(([mistake, count]) => `${mistake} (${count})`).join(", ")}`);
    say(`by digit:\n${by(({ label }) => label)}`);
    say(`by writer:\n${by(({ writer }) => writer)}`);
    say(`stroke to bars: ${spread(times)}`);
  });
});

test("load", async ({ browser, url }) => {
  const cold: number[] = [];
  const warm: number[] = [];
  for (let i = 0; i < LOADS; i++) {
    const [first, again] = await load(browser, url);
    cold.push(first);
    warm.push(again);
  }
  say(`load to first prediction, cold: ${spread(cold)}`);
  say(`load to first prediction, warm: ${spread(warm)}`);
  expect(cold.every((time) => time > 0)).toBe(true);
});

function mistaken(sample: Sample, digit: number | null): void {
  const mistake = `${sample.label} as ${digit ?? "nothing"}`;
  wrong.push(sample);
  mistakes.set(mistake, (mistakes.get(mistake) ?? 0) + 1);
}

function share(missed: Sample[], of: Sample[]): string {
  return `${((100 * (of.length - missed.length)) / of.length).toFixed(1)} % of ${of.length}`;
}

/** The accuracy of each group, one per line. */
function by(key: (sample: Sample) => string | number): string {
  return [...grouped(samples, key)]
    .sort(([one], [other]) => String(one).localeCompare(String(other), "en", { numeric: true }))
    .map(([name, of]) => `  ${name}: ${share(wrong.filter((sample) => key(sample) === name), of)}`)
    .join("\n");
}

async function load(browser: Browser, url: string): Promise<[cold: number, warm: number]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await startClocks(page);
  await page.goto(url);
  await ready(page);
  const { first } = await clocks(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await ready(page);
  const again = (await clocks(page)).first;
  await context.close();
  return [first, again];
}

function read(): Sample[] {
  const text = gunzipSync(readFileSync(join(shared, "data", "strokes", "pendigits-train.jsonl.gz"))).toString("utf8");
  return text.trim().split("\n").map((line) => JSON.parse(line) as Sample);
}

/** `count` samples, alternating between writers and digits. */
function spreadOut(samples: Sample[], count: number): Sample[] {
  const groups = [...grouped(samples, ({ writer, label }) => `${writer} ${label}`).values()];
  const chosen: Sample[] = [];
  for (let turn = 0; chosen.length < Math.min(count, samples.length); turn++) {
    for (const group of groups) {
      const sample = group[turn];
      if (sample && chosen.length < count) chosen.push(sample);
    }
  }
  return chosen;
}

function grouped<K>(samples: Sample[], key: (sample: Sample) => K): Map<K, Sample[]> {
  const groups = new Map<K, Sample[]>();
  for (const sample of samples) groups.set(key(sample), [...(groups.get(key(sample)) ?? []), sample]);
  return groups;
}

/** Strokes in any units, fitted into the middle of the canvas. */
function fitted(strokes: Point[][]): Point[][] {
  const [xs, ys] = [0, 1].map((axis) => strokes.flat().map((point) => point[axis] ?? 0)) as [number[], number[]];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = FILLED / Math.max(right - left, bottom - top, 1);
  return strokes.map((stroke) => stroke.map(([x, y]) =>
    [0.5 + (x - (left + right) / 2) * scale, 0.5 + (y - (top + bottom) / 2) * scale] as const));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
