/** Attention step by step: the page's own computation against PyTorch's numbers, and its arithmetic in words. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { ActiveModel } from "../src/app.js";
import { neighbour } from "../src/attention/arrows.js";
import { createPass, queryWeights, stepsOf, type HeadSteps, type Pass } from "../src/attention/head.js";
import { softmax } from "../src/attention/operations.js";
import { createPick } from "../src/attention/pick.js";
import { reasonAgainst } from "../src/attention/reason.js";
import { half, openTensors } from "../src/attention/safetensors.js";
import { createTransformer, type Shape, type Transformer } from "../src/attention/transformer.js";
import { afterText, differenceText, normText, number, queryText, resultText, scoreText, shareText, temperatureText } from "../src/attention/words.js";
import { recordedPrediction } from "../src/draw/sample.js";
import type { BlockStructure, Prediction } from "../src/protocol/engine.js";

/** A model of tests/golden, its images, and what PyTorch says about them. */
interface Golden {
  model: Transformer;
  passes: Pass[];
  due(name: string): Float32Array;
}

/** The configuration in a golden file. */
type Config = Omit<Shape, "patch_size" | "stem" | "pool"> & { patch: number; stem_channels: number; pool: "class" | "mean" };

/** Renames the weights of a golden file to those of a model's file: the names are in the header alone. */
function asModel(bytes: Uint8Array): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + length)).replaceAll('"weights/', '"');
  const renamed = new TextEncoder().encode(header.padEnd(length));
  const out = bytes.slice();
  out.set(renamed, 8);
  return out;
}

async function golden(name: string): Promise<Golden> {
  const bytes = new Uint8Array(await readFile(`../tests/golden/${name}.safetensors`));
  const file = openTensors(bytes);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as { __metadata__: { config: string } };
  const model = createTransformer(asModel(bytes), shapeOf(JSON.parse(header.__metadata__.config) as Config));
  const images = file.values("images");
  const passes = [0, 1, 2, 3].map((index) => createPass(model, images.subarray(index * 784, (index + 1) * 784)));
  return { model, passes, due: (tensor) => file.values(tensor) };
}

function shapeOf({ patch, stem_channels, pool, ...same }: Config): Shape {
  return { ...same, patch_size: patch, stem: stem_channels, pool: pool === "class" ? "class-token" : "mean" };
}

function close(found: Float32Array, due: Float32Array, tolerance: number, what: string): void {
  assert.equal(found.length, due.length, what);
  const off = found.reduce((most, value, i) => Math.max(most, Math.abs(value - (due[i] ?? Number.NaN))), 0);
  assert.ok(off <= tolerance, `${what}: off by ${off}`);
}

// Patches of whole pixels; padding; convolutions, QK-norm and no class token; convolutions that halve the image.
for (const [name, depth] of [["tiny", 4], ["patch16", 2], ["options", 2], ["stem", 1]] as const) {
  test(`${name}: the shares of every token, block and head are PyTorch's`, async () => {
    const { model, passes, due } = await golden(name);
    const { heads } = model.shape;
    for (let block = 0; block < depth; block++) {
      const all = due(`attention.${block}`);
      passes.forEach((pass, image) => {
        const tokens = pass.input(block).length / model.width;
        for (let row = 0; row < heads * tokens; row++) {
          const place = { block, head: Math.floor(row / tokens), token: row % tokens };
          const start = (image * heads * tokens + row) * tokens;
          const { own, shares } = stepsOf(model, pass, place, 1);
          close(own, all.subarray(start, start + tokens), 2e-6, `block ${block}, head ${place.head}, token ${place.token}`);
          assert.deepEqual(shares, own);
        }
      });
    }
  });
}

test("the tokens after each block are PyTorch's, and after attention what the parts add up to", async () => {
  const { model, passes, due } = await golden("tiny");
  for (let block = 1; block <= 3; block++) {
    const all = due(`class_token.${block - 1}`);
    passes.forEach((pass, image) => {
      close(pass.input(block).subarray(0, 64), all.subarray(image * 64, (image + 1) * 64), 1e-5, `before block ${block}`);
    });
  }
  // The heads' parts and the bias, in any split, are the same whole.
  const [pass] = passes;
  assert.ok(pass);
  const [first, last] = [0, 3].map((head) => stepsOf(model, pass, { block: 2, head, token: 5 }, 1));
  assert.ok(first && last);
  close(first.after, last.after, 1e-5, "after attention");
  assert.notDeepEqual(first.added, last.added);
});

test("a temperature sharpens or flattens the shares, and changes nothing that comes before", async () => {
  const { model, passes: [pass] } = await golden("tiny");
  assert.ok(pass);
  const place = { block: 1, head: 2, token: 0 };
  const [sharp, own, flat] = [0.25, 1, 4].map((temperature) => stepsOf(model, pass, place, temperature));
  assert.ok(sharp && own && flat);
  const largest = (shares: Float32Array): number => Math.max(...shares);
  assert.ok(largest(sharp.shares) > largest(own.shares) && largest(own.shares) > largest(flat.shares));
  assert.deepEqual(sharp.own, own.shares);
  assert.deepEqual(flat.scores, own.scores);
  close(softmax(Float32Array.of(0, Math.log(3)), 0.5), Float32Array.of(0.1, 0.9), 1e-6, "softmax");
});

test("16-bit floats are read as they are", () => {
  assert.deepEqual([0x3c00, 0xc000, 0x3555, 0x0001, 0x8000, 0x7bff].map(half), [1, -2, 0.333251953125, 2 ** -24, -0, 65504]);
});

/** Two numbers per head, three keys. */
const SMALL: HeadSteps = {
  token: Float32Array.of(0.5, -1.5), normed: Float32Array.of(1, -1), mean: -0.5, deviation: 1,
  query: Float32Array.of(0.31, -0.52, 2, 1), keys: [[1.2, 0.4, 0, 0], [0, 0, 1, 1], [-1, 0, 0, 0]].map((key) => Float32Array.from(key)),
  values: [[1, 0], [-2, 0], [0.5, 0]].map((value) => Float32Array.from(value)),
  products: Float32Array.of(0.164, 3, -0.31), scores: Float32Array.of(0.082, 1.5, -0.155),
  own: Float32Array.of(0.17, 0.7, 0.13), shares: Float32Array.of(0.17, 0.7, 0.13), result: Float32Array.of(-1.165, 0),
  added: Float32Array.of(0.25, 1), others: Float32Array.of(-0.5, 0), after: Float32Array.of(0.25, -0.5),
};

test("every number has its arithmetic, with the first terms of long sums", () => {
  assert.equal(normText(SMALL, 0, 2, -1), "(0.50 − (−0.50)) / 1.00 · 2.00 + (−1.00) = 1.00");
  assert.equal(queryText(SMALL, 0, Float32Array.of(0.5, 0.25), 0.06, false), "1.00·0.50 + (−1.00)·0.25 + 0.06 = 0.31");
  assert.equal(queryText(SMALL, 1, Float32Array.of(0.5, 0.25), 0.06, true), "1.00·0.50 + (−1.00)·0.25 + 0.06 = 0.31; after QK-norm −0.52");
  assert.equal(scoreText(SMALL, 0), "0.31·1.20 + (−0.52)·0.40 + 2.00·0.00 + … = 0.16; 0.16/√4 = 0.08");
  assert.equal(shareText(SMALL, 1, 1), "e^1.50 = 4.48; 4.48 / 6.42 = 70.0 %");
  assert.equal(shareText(SMALL, 2, 0.25), "e^(−0.16/0.25) = 0.54; 0.54 / 405.35 = 13.0 %");
  assert.equal(resultText(SMALL, 0), "70.0 % · (−2.00) + 17.0 % · 1.00 + 13.0 % · 0.50 = −1.16");
  assert.equal(afterText(SMALL, 0), "0.50 (token) + 0.25 (this head) + (−0.50) (other heads and bias) = 0.25");
  assert.deepEqual([number(-0.001), number(-1.239)], ["0.00", "−1.24"]);
});

test("powers of large scores stay readable", () => {
  const scores = Float32Array.of(40, -40, 0);
  assert.equal(shareText({ ...SMALL, scores }, 0, 0.5), "e^(40.00/0.50) = 5.54·10^34; 5.54·10^34 / 5.54·10^34 = 17.0 %");
  assert.match(shareText({ ...SMALL, scores }, 1, 1), /^e\^\(−40\.00\) = 4\.25·10\^\(−18\); /);
});

test("the sum that is written for a query is the query", async () => {
  const { model, passes: [pass] } = await golden("tiny");
  assert.ok(pass);
  const steps = stepsOf(model, pass, { block: 1, head: 3, token: 4 }, 1);
  for (let at = 0; at < 16; at++) {
    const { weight, bias } = queryWeights(model, 1, 3 * 16 + at);
    const text = queryText(steps, at, weight, bias, false);
    assert.ok(text.endsWith(`= ${number(steps.query[at] ?? 0)}`), text);
  }
});

test("what a temperature means, and how far the engine is, is said", () => {
  assert.deepEqual([0.5, 1, 4].map(temperatureText), [
    "0.50: sharper than the model’s own, which is 1", "1.00: the model’s own", "4.00: flatter than the model’s own, which is 1",
  ]);
  assert.match(differenceText(Float32Array.of(0.5, 0.5), Float32Array.of(0.5, 0.5)), / less than 0\.001 %\.$/);
  assert.match(differenceText(Float32Array.of(0.5, 0.5), Float32Array.of(0.49, 0.51)), / less than 1\.000 %\.$/);
});

test("other models are not shown, and the reason is theirs", () => {
  const plain = recordedPrediction();
  const model = (settings: object, parameters = 162_554): Pick<ActiveModel, "info"> =>
    ({ info: { model: settings as ActiveModel["info"]["model"], parameters, class_names: [] } });
  assert.equal(reasonAgainst(model({}), plain), null);
  assert.equal(reasonAgainst(model({ family: "vit" }), plain), null);
  assert.match(reasonAgainst(model({}, 10_000_000), plain) ?? "", /too large/);
  const block: BlockStructure = { heads: 2, relative: false, implied: false };
  const tokens = { front: 0, rows: 7, columns: 7, side: 4, before: 0 };
  const other = (blocks: BlockStructure[]): string => {
    const stages = [{ convolutions: [], tokens_from: "patches" as const, positions: true, width: 8, tokens, blocks }];
    const parts = { structure: { stages, read: "mean" as const }, values: [], pooling: new Float32Array() };
    const prediction: Prediction = { ...plain, plain: false, parts };
    return reasonAgainst(model({ family: "other" }), prediction) ?? "";
  };
  assert.match(other([block, { ...block, heads: 0 }]), /some blocks have no attention/);
  assert.match(other([{ ...block, windows: { side: 7, shift: 0 }, relative: true }]), /only within windows/);
  assert.match(other([{ ...block, relative: true }]), /scores also count/);
  assert.match(other([{ ...block, gates: [0.5, 0.5], relative: true }]), /a part of each share/);
  assert.match(other([{ ...block, keys: { ...tokens, rows: 3, columns: 3 } }]), /put together from several tokens/);
  assert.match(other([{ ...block, implied: true }]), /never computes/);
  assert.match(other([block]), /in another way/);
});

test("arrows lead from key to key, from the class token into the image and back", () => {
  const to = (arrow: string, from: number): number | null => neighbour(arrow, from, 3, 10);
  assert.deepEqual([to("ArrowDown", 0), to("ArrowUp", 2), to("ArrowUp", 5), to("ArrowDown", 8), to("ArrowRight", 9), to("ArrowLeft", 0)], [1, 0, 2, 8, 9, 0]);
  assert.equal(to("Enter", 3), null);
  assert.equal(neighbour("ArrowUp", 1, 3, 9), 1);
});

test("what is pointed at is shown until the pointer leaves, then what was chosen", () => {
  let changes = 0;
  const pick = createPick(() => changes++, () => 7);
  assert.equal(pick.at(9), 7);
  assert.equal(pick.at(3), 2);
  pick.peek(1);
  assert.equal(pick.at(9), 1);
  pick.peek(null);
  assert.equal(pick.at(9), 7);
  pick.keep(4);
  pick.peek(2);
  pick.peek(2);
  pick.peek(null);
  assert.equal(pick.at(9), 4);
  assert.equal(changes, 5);
});
