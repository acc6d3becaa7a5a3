/**
 * The latency from a pen move to the updated bars: a recorded digit is drawn at a realistic pace with real pointer
 * events. Measured for every move: until the request that includes it is posted, until its answer arrives in the page,
 * until the bars show it, and, separately, until the next frame. PATCHWORK_ROUNDS sets how often the digits are drawn
 * (3).
 */
import { DIGITS, type Point } from "./helpers/digits.js";
import { draw, ready } from "./helpers/ink.js";
import { clocks, quantile, startClocks, type Move } from "./helpers/measure.js";
import { expect, test } from "./helpers/test.js";

/** The digits: one stroke with turns, two strokes, long curves. */
const DRAWN = [3, 4, 8];
/** Milliseconds between two events. */
const PACES = [16, 8];
/** Events per recorded point of a stroke. */
const DENSE = 4;
const ROUNDS = Number(process.env["PATCHWORK_ROUNDS"] ?? 3);

for (const pace of PACES) {
  test(`an event each ${pace} ms`, async ({ page, url }) => {
    await startClocks(page);
    await page.goto(url);
    await ready(page);
    // The first predictions are slower: the browser compiles their code.
    await draw(page, DIGITS[2] ?? []);
    const before = (await clocks(page)).moves.length;
    for (let round = 0; round < ROUNDS; round++) {
      for (const digit of DRAWN) {
        await page.locator("#ink").press("Delete");
        await draw(page, (DIGITS[digit] ?? []).map(dense), { pace });
      }
    }
    const moves = (await clocks(page)).moves.slice(before);
    expect(moves.length, "moves that were answered").toBeGreaterThan(100);
    const line = (name: string, of: (move: Move) => number): string => {
      const values = moves.map(of);
      const [median, high] = [0.5, 0.95].map((share) => quantile(values, share).toFixed(1).padStart(5));
      return `  ${name.padEnd(25)} median ${median} ms, 95 % below ${high} ms`;
    };
    const questions = new Set(moves.map(({ posted }) => posted)).size;
    process.stdout.write([
      `an event each ${pace} ms, ${moves.length} moves in ${questions} questions:`,
      line("move to question", ({ moved, posted }) => posted - moved),
      line("question to answer", ({ posted, answered }) => answered - posted),
      line("answer to bars", ({ answered, shown }) => shown - answered),
      line("MOVE TO BARS", ({ moved, shown }) => shown - moved),
      line("bars to the next frame", ({ shown, frame }) => frame - shown),
      "",
    ].join("\n"));
  });
}

/** More points along the same path. */
function dense(stroke: readonly Point[]): Point[] {
  return stroke.flatMap((to, i) => {
    const from = stroke[i - 1];
    if (from === undefined) return [to];
    return Array.from({ length: DENSE }, (_, step): Point => {
      const share = (step + 1) / DENSE;
      return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
    });
  });
}
