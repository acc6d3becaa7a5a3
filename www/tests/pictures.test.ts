/** Ink in pictures that are painted here: what must be found, and what must be ignored. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readDigits } from "../src/photo/binarise.js";
import type { Writing } from "../src/photo/grouping.js";

const SIDE = 256;
type Point = readonly [x: number, y: number];

/** A grey picture. */
type Picture = Float32Array;

/** Paints a picture: the brightness at each position, 0 to 1 in each direction. */
function paint(brightness: (x: number, y: number) => number): Picture {
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => brightness((i % SIDE) / SIDE, Math.floor(i / SIDE) / SIDE));
}

/** The distance of a position from a line through points. */
function distance(points: readonly Point[], x: number, y: number): number {
  let nearest = Infinity;
  for (let i = 0; i + 1 < points.length; i++) {
    const [[ax, ay], [bx, by]] = [points[i] as Point, points[i + 1] as Point];
    const along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
    const t = Math.min(1, Math.max(0, along));
    nearest = Math.min(nearest, Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)));
  }
  return nearest;
}

/** Darkens a picture along a line, to `dark` of its brightness, `width` pixels wide. */
function write(picture: Picture, points: readonly Point[], width: number, dark = 0.2): Picture {
  return picture.map((value, i) => {
    const away = distance(points, (i % SIDE) / SIDE, Math.floor(i / SIDE) / SIDE) * SIDE;
    const cover = Math.min(1, Math.max(0, width / 2 + 0.5 - away));
    return value * (1 - cover * (1 - dark));
  });
}

/** Adds repeatable noise. */
function noisy(picture: Picture, strength: number): Picture {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return picture.map((value) => value + strength * (next() + next() + next()));
}

function rgba(picture: Picture): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: 4 * picture.length }, (_, i) => (i % 4 === 3 ? 255 : picture[i >> 2] ?? 0));
}

async function read(picture: Picture): Promise<Writing> {
  return readDigits(rgba(picture), SIDE, SIDE);
}

/** The ink of a picture's only digit, as a picture of this width and height; null if it does not have one. */
function inkOf({ digits }: Writing, width: number, height: number): Uint8Array | null {
  const [digit] = digits;
  if (!digit || digits.length !== 1) return null;
  const whole = new Uint8Array(width * height);
  const { bounds: { left, top }, ink } = digit;
  for (let y = 0; y < ink.height; y++) whole.set(ink.pixels.subarray(y * ink.width, (y + 1) * ink.width), (top + y) * width + left);
  return whole;
}

/** The share of the stroke that is found, and the ink beside it as a share of the stroke. */
async function found(picture: Picture, points: readonly Point[], width: number): Promise<{ stroke: number; beside: number }> {
  const ink = inkOf(await read(picture), SIDE, SIDE);
  if (!ink) return { stroke: 0, beside: 0 };
  let [on, all, off] = [0, 0, 0];
  ink.forEach((value, i) => {
    const away = distance(points, (i % SIDE) / SIDE, Math.floor(i / SIDE) / SIDE) * SIDE;
    if (away <= width / 2) all += 1;
    if (away <= width / 2 && value > 127) on += 1;
    if (away > width / 2 + 3 && value > 30) off += 1;
  });
  return { stroke: on / all, beside: off / all };
}

async function finds(picture: Picture, points: readonly Point[], width: number, most = 0.05): Promise<void> {
  const { stroke, beside } = await found(picture, points, width);
  assert.ok(stroke > 0.85, `${stroke.toFixed(2)} of the stroke is found`);
  assert.ok(beside < most, `${beside.toFixed(2)} of it is beside the stroke`);
}

const SEVEN: readonly Point[] = [[0.36, 0.33], [0.64, 0.33], [0.52, 0.5], [0.46, 0.68]];
const PAPER = paint(() => 238);

/** A sheet with these margins of table on each side. */
function sheet(left: number, top: number, right: number, bottom: number, table: (x: number, y: number) => number): Picture {
  return paint((x, y) => (x > left && x < 1 - right && y > top && y < 1 - bottom ? 236 : table(x, y)));
}

test("dark ink on paper, bright ink on a board", async () => {
  await finds(noisy(write(PAPER, SEVEN, 7), 8), SEVEN, 7);
  const board = write(PAPER, SEVEN, 7).map((value) => 255 - value);
  await finds(noisy(board, 8), SEVEN, 7);
});

test("a sheet on a table, dark, grey or wooden, on any of its sides", async () => {
  const tables = [() => 40, () => 120, (_: number, y: number) => 80 + 14 * Math.sin(90 * y) + 8 * Math.sin(260 * y)];
  for (const table of tables) {
    for (const border of [0.04, 0.09, 0.15]) {
      for (const [left, top, right, bottom] of [[1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 0]] as const) {
        const paper = sheet(left * border, top * border, right * border, bottom * border, table);
        await finds(noisy(write(paper, SEVEN, 6), 6), SEVEN, 6);
      }
    }
  }
});

test("the edge of a shadow through the writing, hard or soft, at any angle", async () => {
  for (const angle of [0, 0.6, 1.57, 2.5, 4]) {
    for (const soft of [0.004, 0.03]) {
      const shaded = paint((x, y) => {
        const inside = (x - 0.5) * Math.cos(angle) + (y - 0.5) * Math.sin(angle);
        return 238 * (1 - 0.5 / (1 + Math.exp(-inside / soft)));
      });
      await finds(noisy(write(shaded, SEVEN, 6), 5), SEVEN, 6);
    }
  }
});

test("small and thin writing in noise, on unevenly lit paper", async () => {
  const small = SEVEN.map(([x, y]): Point => [0.62 + (x - 0.5) * 0.5, 0.4 + (y - 0.5) * 0.5]);
  for (const width of [2, 3]) await finds(noisy(write(PAPER, small, width), 10), small, width);
  const dim = paint((x, y) => 240 * (1 - 0.5 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)));
  await finds(noisy(write(dim, small, 3), 8), small, 3);
});

test("a box around the writing is ignored, and so are printed lines", async () => {
  const box: Point[] = [[0.12, 0.14], [0.87, 0.13], [0.88, 0.88], [0.13, 0.87], [0.12, 0.14]];
  const ring = Array.from({ length: 41 }, (_, i): Point => [0.5 + 0.4 * Math.cos(i / 6.3), 0.5 + 0.4 * Math.sin(i / 6.3)]);
  for (const frame of [box, ring]) await finds(noisy(write(write(PAPER, frame, 3), SEVEN, 6), 5), SEVEN, 6);
  for (const squared of [false, true]) {
    for (const [pitch, printed] of [[14, 165], [25, 90], [36, 90]] as const) {
      const lines = paint((x, y) => {
        const near = (at: number): boolean => (((at * SIDE) % pitch) + pitch) % pitch < 1.5;
        return near(y + 0.02 * x) || (squared && near(x - 0.02 * y)) ? printed : 240;
      });
      // Stubs stay where a line meets a stroke.
      await finds(noisy(write(lines, SEVEN, 7), 4), SEVEN, 7, 0.15);
    }
  }
});

test("a box that touches the writing is ignored, straight or tilted", async () => {
  for (const tilt of [0, 0.03]) {
    const box: Point[] = [[0.27, 0.27], [0.7, 0.27 - tilt], [0.7 + tilt, 0.68], [0.27 + tilt, 0.68 + tilt], [0.27, 0.27]];
    await finds(noisy(write(write(PAPER, box, 3), SEVEN, 6), 5), SEVEN, 6, 0.15);
  }
});

test("lines seen at an angle are ignored: they converge", async () => {
  const converging = paint((x, y) => {
    const at = (0.5 + (y - 0.5) * (1 + 0.25 * x)) * 9;
    return Math.abs(at - Math.round(at)) < 0.035 ? 160 : 240;
  });
  assert.deepEqual(await read(noisy(converging, 5)), { digits: [], text: false });
  await finds(noisy(write(converging, SEVEN, 7), 5), SEVEN, 7, 0.15);
});

test("a double stroke is not a box: a 0 that overlaps itself stays whole", async () => {
  const zero = Array.from({ length: 50 }, (_, i): Point => {
    const turn = i / 6.6;
    const wide = 0.19 + 0.0006 * i;
    return [0.5 + wide * Math.cos(turn), 0.5 + 1.3 * wide * Math.sin(turn)];
  });
  await finds(noisy(write(PAPER, zero, 5), 5), zero, 5);
});

test("digits are in reading order, each with its own ink", async () => {
  const places = [[-0.28, -0.2], [0.24, -0.17], [-0.25, 0.22], [0.27, 0.25]] as const;
  const at = (x: number, y: number): Point[] => SEVEN.map(([a, b]): Point => [0.5 + (a - 0.5) * 0.6 + x, 0.5 + (b - 0.5) * 0.6 + y]);
  const strokes = places.map(([x, y]) => at(x, y));
  const picture = strokes.reduce((all, points) => write(all, points, 5), PAPER);
  const { digits } = await read(noisy(picture, 5));
  assert.equal(digits.length, 4);
  for (const [i, { bounds, ink }] of digits.entries()) {
    const [x, y] = [(bounds.left + bounds.right) / 2 / SIDE, (bounds.top + bounds.bottom) / 2 / SIDE];
    assert.ok(Math.hypot(x - 0.5 - (places[i]?.[0] ?? 9), y - 0.5 - (places[i]?.[1] ?? 9)) < 0.05);
    assert.deepEqual([ink.width, ink.height], [bounds.right + 1 - bounds.left, bounds.bottom + 1 - bounds.top]);
    assert.ok(ink.pixels.filter((value) => value > 127).length > 200);
  }
});

test("the bar of a 7 is part of it, not the contents of a frame", async () => {
  const bar: Point[] = [[0.4, 0.54], [0.47, 0.53]];
  const picture = noisy(write(write(PAPER, SEVEN, 4), bar, 4), 5);
  const { stroke } = await found(picture, SEVEN, 4);
  assert.ok(stroke > 0.85, `${stroke.toFixed(2)} of the stroke is found`);
});

test("thick strokes do not join two digits, and the bar of a 5 is part of it", async () => {
  const below = (y: number): Point[] => SEVEN.map(([a, b]): Point => [a, 0.5 + (b - 0.5) * 0.8 + y]);
  const thick = write(write(PAPER, below(-0.23), 22), below(0.23), 22);
  assert.equal((await read(noisy(thick, 5))).digits.length, 2);
  const bow: Point[] = [[0.42, 0.36], [0.42, 0.48], [0.56, 0.5], [0.56, 0.64], [0.42, 0.66]];
  const five = write(write(PAPER, bow, 14), [[0.53, 0.3], [0.68, 0.28]], 14);
  assert.equal((await read(noisy(five, 5))).digits.length, 1);
});

test("two digits are detected beside or below each other, and three count as several, too", async () => {
  const moved = (x: number, y: number): Point[] => SEVEN.map(([a, b]): Point => [0.5 + (a - 0.5) * 0.7 + x, 0.5 + (b - 0.5) * 0.7 + y]);
  const places: [number, number][][] = [[[-0.2, 0], [0.2, 0]], [[0, -0.22], [0, 0.22]], [[-0.3, 0], [0, 0.02], [0.3, 0]]];
  for (const several of places) {
    const picture = several.reduce((all, [x, y]) => write(all, moved(x, y), 5), PAPER);
    assert.equal((await read(noisy(picture, 5))).digits.length, several.length);
  }
});

test("strokes that do not touch are still one digit", async () => {
  const five: [Point[], Point[]] = [[[0.42, 0.3], [0.4, 0.47], [0.56, 0.46], [0.6, 0.58], [0.5, 0.68], [0.4, 0.66]], [[0.47, 0.29], [0.64, 0.28]]];
  const four: [Point[], Point[]] = [[[0.44, 0.3], [0.38, 0.5], [0.55, 0.5]], [[0.58, 0.36], [0.58, 0.7]]];
  for (const [one, other] of [five, four]) {
    assert.equal((await read(noisy(write(write(PAPER, one, 6), other, 6), 5))).digits.length, 1);
  }
});

test("no writing gives no result: blank paper, a blank sheet on a table, a shadow, an empty box, printed lines", async () => {
  const box: Point[] = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9], [0.1, 0.1], [0.9, 0.1]];
  const bare: Record<string, Picture> = {
    paper: PAPER,
    board: paint(() => 25),
    sheet: sheet(0.08, 0.08, 0.08, 0.08, () => 45),
    "two sides": sheet(0, 0.1, 0.12, 0, () => 90),
    shadow: paint((x, y) => (x + 0.3 * y > 0.6 ? 238 : 130)),
    box: write(PAPER, box, 4),
    lines: paint((_, y) => ((y * SIDE) % 20 < 1.5 ? 165 : 240)),
  };
  for (const [name, picture] of Object.entries(bare)) assert.deepEqual(await read(noisy(picture, 6)), { digits: [], text: false }, name);
});

test("a small computer-made picture is used unchanged", async () => {
  const tiny = Uint8ClampedArray.from({ length: 4 * 28 * 28 }, (_, i) => {
    const [x, y] = [(i >> 2) % 28, Math.floor((i >> 2) / 28)];
    return i % 4 === 3 || (x > 11 && x < 15 && y > 4 && y < 24) ? 255 : 0;
  });
  const ink = inkOf(await readDigits(tiny, 28, 28), 28, 28);
  assert.equal(ink?.filter((value) => value > 127).length, 3 * 19);
});
