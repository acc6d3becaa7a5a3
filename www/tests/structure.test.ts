/** Attention of models of any structure as areas of the image, and in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BlockStructure, Parts, Prediction, StageStructure, TokenGrid } from "../src/protocol/engine.js";
import {
  channelsOf, extentOf, layersOf, mapOf, middleOf, rolloutOf, spanOf, tokenAt, tokenOf, windowEdges, type Query,
} from "../src/structure/geometry.js";
import { blocksText, mapText, queryName, tokensText } from "../src/structure/words.js";

const grid = (front: number, rows: number, side: number, before = 0): TokenGrid => ({ front, rows, columns: rows, side, before });
const block = (heads: number, more: Partial<BlockStructure> = {}): BlockStructure => ({ heads, relative: false, implied: false, ...more });
const stage = (tokens: TokenGrid, blocks: BlockStructure[], more: Partial<StageStructure> = {}): StageStructure => ({
  convolutions: [{ window: tokens.side, stride: tokens.side, channels: 8, pooling: 1 }], tokens_from: "patches", positions: true,
  width: 8, tokens, blocks, ...more,
});
const parts = (stages: StageStructure[], values: number[][], pooling: number[] = []): Parts => ({
  structure: { stages, read: "mean" }, values: values.map((one) => Float32Array.from(one)), pooling: Float32Array.from(pooling),
});
const close = (found: Float32Array | undefined, due: number[]): void => {
  assert.equal(found?.length, due.length);
  due.forEach((value, i) => assert.ok(Math.abs((found?.[i] ?? NaN) - value) < 1e-6, `${found} is not ${due}`));
};

test("each pixel of the image has one token in each grid, padding or not", () => {
  for (const [side, tokens] of [[8, grid(1, 4, 2)], [28, grid(0, 7, 4)], [10, grid(0, 3, 4, 1)]] as const) {
    const seen = new Set<number>();
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const token = tokenAt(tokens, x, y);
        assert.ok(token !== null);
        seen.add(token);
      }
    }
    assert.equal(seen.size, tokens.rows * tokens.columns);
  }
  assert.equal(tokenAt(grid(0, 4, 2), 8, 0), null);
  for (let token = 0; token < 9; token++) {
    const { x, y } = middleOf(grid(0, 3, 4, 1), token);
    assert.equal(tokenAt(grid(0, 3, 4, 1), x, y), token);
  }
});

test("pictures show all that tokens cover", () => {
  const stages = [stage(grid(0, 3, 4, 1), []), stage(grid(0, 2, 8, 1), [])];
  assert.deepEqual(extentOf({ stages, read: "mean" }, 10), { start: -1, side: 16 });
});

test("windows divide a side, and a moved one is cut at its ends", () => {
  assert.deepEqual([0, 1, 2, 3].map((at) => spanOf({ side: 2, shift: 0 }, at, 4)), [[0, 2], [0, 2], [2, 4], [2, 4]]);
  assert.deepEqual([0, 1, 2, 3].map((at) => spanOf({ side: 2, shift: 1 }, at, 4)), [[0, 1], [1, 3], [1, 3], [3, 4]]);
  assert.deepEqual(windowEdges({ side: 2, shift: 1 }, 4), [1, 3]);
  assert.deepEqual(windowEdges({ side: 7, shift: 0 }, 7), []);
});

test("a place on the ink is a token of each stage's own grid", () => {
  const query: Query = { kind: "place", x: 5, y: 2 };
  assert.equal(tokenOf(grid(1, 4, 2), query), 1 + 1 * 4 + 2);
  assert.equal(tokenOf(grid(0, 2, 4), query), 1);
  assert.equal(tokenOf(grid(2, 2, 4), { kind: "front", index: 1 }), 1);
  // A stage without that token: all tokens together.
  assert.equal(tokenOf(grid(1, 2, 4), { kind: "front", index: 1 }), null);
  assert.equal(queryName({ kind: "front", index: 1 }, grid(2, 2, 4)), "the distillation token");
});

test("keys that are areas of several tokens have maps of their own grid", () => {
  // Four tokens in a row of two; one key for all of them, another in front of nothing.
  const made = parts([stage(grid(0, 2, 2), [block(2, { keys: grid(0, 1, 4) })])], [Array(8).fill(1)]);
  const map = mapOf(layersOf(made)[0] as never, null, { kind: "all" });
  close(map?.shares, [1]);
  assert.equal(map?.grid.side, 4);
});

test("a head's row, the mean of heads, and the share of the tokens in front", () => {
  const tokens = { ...grid(1, 1, 4), columns: 2 };
  const first = [0.2, 0.3, 0.5, 1, 0, 0, 0, 1, 0];
  const second = [0.4, 0.6, 0, 0, 1, 0, 0, 1, 0];
  const [layer] = layersOf(parts([stage(tokens, [block(2, { keys: tokens })])], [[...first, ...second]]));
  assert.ok(layer);
  const mine: Query = { kind: "front", index: 0 };
  close(mapOf(layer, 0, mine)?.shares, [0.3, 0.5]);
  close(mapOf(layer, null, mine)?.shares, [0.45, 0.25]);
  assert.ok(Math.abs((mapOf(layer, null, mine)?.front ?? 0) - 0.3) < 1e-6);
  // All tokens of the image together, without the one in front.
  close(mapOf(layer, 1, { kind: "all" })?.shares, [1, 0]);
});

test("a window limits what can be read, and the map says so", () => {
  const tokens = grid(0, 4, 2);
  const windows = { side: 2, shift: 1 };
  const values = Float32Array.from({ length: 256 }, () => 0);
  values[5 * 16 + 10] = 1;
  const [layer] = layersOf(parts([stage(tokens, [block(1, { keys: tokens, windows })])], [[...values]]));
  assert.ok(layer);
  const query: Query = { kind: "place", x: 2, y: 2 };
  const map = mapOf(layer, 0, query);
  assert.deepEqual(map?.window, { rows: [1, 3], columns: [1, 3] });
  assert.equal(map?.readable, 4);
  assert.equal(map?.peak, 10);
  const seen = { image: new Uint8Array(64), side: 8 } as Prediction;
  assert.match(mapText(seen, { kind: "head", layer: 0, head: 0 }, layer, map as never, query), /\(the token in row 2, column 2\): attention mostly from row 3, column 3, which is empty.*only from the window.*4 tokens/);
});

test("rollout leaves out all tokens in front, and weighs tokens as the head does", () => {
  const two = { ...grid(2, 1, 4), columns: 1 };
  const rollout = Float32Array.from([0.5, 0.1, 0.4, 0.2, 0.5, 0.3, 0, 0, 1]);
  const seen = (made: Parts): Prediction => ({ rollout, parts: made }) as Prediction;
  close(rolloutOf(seen(parts([stage(two, [])], [])), { kind: "front", index: 1 })?.shares, [0.3]);
  const plain = { ...grid(0, 1, 4), columns: 3 };
  close(rolloutOf(seen(parts([stage(plain, [])], [], [0.5, 0.5, 0])), { kind: "all" })?.shares, [0.35, 0.3, 0.35]);
});

test("channels are the columns of the tokens behind a block", () => {
  const [layer] = layersOf(parts([stage({ ...grid(0, 1, 4), columns: 2 }, [block(0)])], [[1, 2, 3, 4, 5, 6]]));
  const channels = channelsOf(layer as never);
  assert.deepEqual(channels.values.map((one) => [...one]), [[1, 4], [2, 5], [3, 6]]);
});

test("words are those of the structure", () => {
  const tokens = grid(0, 14, 2);
  const windows = [block(2, { keys: tokens, windows: { side: 7, shift: 0 } }), block(2, { keys: tokens, windows: { side: 7, shift: 3 } })];
  assert.match(blocksText(windows, tokens), /^2 blocks follow\. .*own window of 7×7 tokens\. In every second block the windows are moved/);
  assert.match(blocksText([block(1, { keys: grid(0, 7, 4) })], tokens), /from 7×7 areas of 4×4 pixels, each put together from the tokens there/);
  assert.match(blocksText([block(0)], tokens), /no attention/);
  assert.match(blocksText([block(4, { note: "why" })], tokens), /mixtures of all tokens/);
  assert.match(tokensText(stage(tokens, []), 0), /cut into squares of 2×2 pixels.*196 tokens of 8 numbers/);
  assert.match(tokensText(stage(grid(0, 7, 4), [], { tokens_from: "merging" }), 1), /merged into one: 49 tokens.*4×4 pixels/);
  const convolutions = [{ window: 3, stride: 2, channels: 8, pooling: 2 }];
  assert.match(tokensText(stage(tokens, [], { tokens_from: "convolutions", convolutions }), 0), /A convolution over the image \(3×3 in steps of 2\) makes 196 tokens.*pooling/);
});
