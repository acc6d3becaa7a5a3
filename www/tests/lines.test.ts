import assert from "node:assert/strict";
import { test } from "node:test";
import type { Grey } from "../src/photo/background.js";
import { withoutLines } from "../src/photo/lines.js";

/** The sides of a picture, and the distance of its lines. */
const [WIDTH, HEIGHT, APART] = [240, 160, 30];
/** How far the lines fall from the left edge to the right one. */
const FALL = 16;

/** Where the first line is at the left edge: above it, so that the upper edge cuts it off. */
const FIRST = -APART / 3;

/** Ruled paper seen at a slight angle. */
function paper(first = FIRST): Grey {
  const ink = { pixels: new Uint8Array(WIDTH * HEIGHT), width: WIDTH, height: HEIGHT };
  for (let top = first; top < HEIGHT; top += APART) draw(ink, 0, WIDTH, top);
  return ink;
}

/** Draws a line, three pixels thick, parallel to the others. */
function draw({ pixels }: Grey, from: number, to: number, top: number): void {
  for (let x = from; x < to; x++) {
    const y = Math.round(top + (FALL * x) / WIDTH);
    for (const line of [y, y + 1, y + 2]) if (line >= 0 && line < HEIGHT) pixels[line * WIDTH + x] = 255;
  }
}

/** The pixels of the ink that are left. */
function left(pixels: Uint8Array): number[] {
  return Array.from(pixels.keys()).filter((at) => (pixels[at] ?? 0) > 0);
}

test("lines that the picture's edge cuts off are lines, too", () => {
  const ink = paper();
  const reached = (x: number): boolean => ink.pixels[x] === 255;
  assert.ok(!reached(0) && Array.from({ length: WIDTH }, (_, x) => x).some(reached), "the first line leaves the picture at the top");
  const cleared = withoutLines(ink);
  assert.ok(cleared?.paper);
  assert.deepEqual(left(cleared.pixels), []);
});

test("a stroke that lies within the picture stays, though it is as short and as even", () => {
  const ink = paper();
  draw(ink, 90, 170, 70);
  const without = paper().pixels;
  const drawn = left(ink.pixels).filter((at) => without[at] === 0);
  const cleared = withoutLines(ink);
  assert.ok(cleared?.paper);
  assert.deepEqual(left(cleared.pixels), drawn);
});

test("a stroke at the edge that covers less of its way than a line stays", () => {
  const ink = paper(FIRST + APART);
  draw(ink, WIDTH - 35, WIDTH, FIRST);
  const drawn = left(ink.pixels).filter((at) => at < WIDTH * APART / 3);
  const cleared = withoutLines(ink);
  assert.ok(cleared?.paper && drawn.length > 100);
  assert.deepEqual(left(cleared.pixels), drawn);
});
