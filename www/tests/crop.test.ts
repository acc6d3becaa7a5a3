/** The frame on a picture, and what is said about it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Box } from "../src/draw/geometry.js";
import { around, grown, LEAST, moved, resized } from "../src/photo/crop.js";
import { contentOf } from "../src/photo/digit.js";
import { inFrame, inPicture } from "../src/photo/words.js";
import type { Digit } from "../src/photo/grouping.js";

const FRAME: Box = { x: 0.2, y: 0.3, width: 0.4, height: 0.2 };

function near(box: Box, [x, y, width, height]: readonly [number, number, number, number]): void {
  for (const [value, wanted] of [[box.x, x], [box.y, y], [box.width, width], [box.height, height]] as const) {
    assert.ok(Math.abs(value - wanted) < 1e-9, `${JSON.stringify(box)} is not ${[x, y, width, height].join(", ")}`);
  }
}

test("a frame moves, and stays on the picture", () => {
  near(moved(FRAME, 0.1, -0.05), [0.3, 0.25, 0.4, 0.2]);
  near(moved(FRAME, 5, 5), [0.6, 0.8, 0.4, 0.2]);
  near(moved(FRAME, -5, -5), [0, 0, 0.4, 0.2]);
});

test("the sides of a frame move on their own, to the edge of the picture or the least size", () => {
  near(resized(FRAME, { across: 1, down: 0 }, 0.1, 0.1), [0.2, 0.3, 0.5, 0.2]);
  near(resized(FRAME, { across: -1, down: -1 }, 0.1, 0.1), [0.3, 0.4, 0.3, 0.1]);
  near(resized(FRAME, { across: -1, down: 1 }, -5, 5), [0, 0.3, 0.6, 0.7]);
  near(resized(FRAME, { across: 1, down: 1 }, -5, -5), [0.2, 0.3, LEAST, LEAST]);
  near(resized(FRAME, { across: -1, down: -1 }, 5, 5), [0.6 - LEAST, 0.5 - LEAST, LEAST, LEAST]);
});

test("a frame grows and shrinks on all sides", () => {
  near(grown(FRAME, 0.05), [0.15, 0.25, 0.5, 0.3]);
  near(grown(FRAME, -0.05), [0.25, 0.35, 0.3, 0.1]);
  near(grown(FRAME, 5), [0, 0, 1, 1]);
});

test("a frame around a digit has paper on all sides, but not beyond the picture", () => {
  const bounds = { left: 40, top: 20, right: 59, bottom: 59 };
  near(around(bounds, { width: 100, height: 200 }, 0.25), [0.3, 0.05, 0.4, 0.3]);
  near(around({ ...bounds, top: 5, bottom: 44 }, { width: 100, height: 200 }, 0.25), [0.3, 0, 0.4, 0.275]);
  const tiny = around({ left: 50, top: 50, right: 50, bottom: 50 }, { width: 1000, height: 1000 }, 0.25);
  assert.ok(tiny.width >= LEAST && tiny.height >= LEAST);
});

test("a digit's ink is put in the middle of a square", () => {
  const ink = { pixels: Uint8Array.from({ length: 20 }, () => 200), width: 2, height: 10 };
  const content = contentOf({ bounds: { left: 7, top: 3, right: 8, bottom: 12 }, ink });
  assert.ok(content.kind === "ink");
  assert.deepEqual([content.width, content.height], [14, 14]);
  const rows = Array.from({ length: 14 }, (_, y) => content.pixels.subarray(14 * y, 14 * y + 14).join(","));
  assert.equal(rows[2], "0,0,0,0,0,0,200,200,0,0,0,0,0,0");
  assert.deepEqual([rows[1], rows[12]], [rows[0], rows[13]]);
  assert.equal(content.pixels.filter((value) => value > 0).length, 20);
});

test("what was found is said with its number", () => {
  const digits = (count: number): Digit[] => Array.from({ length: count }, () => ({
    bounds: { left: 0, top: 0, right: 0, bottom: 0 }, ink: { pixels: new Uint8Array(1), width: 1, height: 1 },
  }));
  assert.equal(inPicture({ digits: digits(3), text: false }), "3 digits in this picture: choose one");
  assert.equal(inFrame({ digits: digits(2), text: false }), "2 digits in the frame: make it smaller");
  assert.match(inPicture({ digits: [], text: false }), /^There is no writing in this picture/);
  assert.match(inPicture({ digits: [], text: true }), /^Much writing in this picture/);
  assert.equal(inPicture({ digits: digits(1), text: false }), inFrame({ digits: digits(1), text: false }));
});
