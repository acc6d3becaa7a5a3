/** Attention step by step: the page's own computation against PyTorch's numbers, and its arithmetic in words. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createPass, stepsOf, type Pass } from "../src/attention/head.js";
import { softmax } from "../src/attention/operations.js";
import { half, openTensors } from "../src/attention/safetensors.js";
import { createTransformer, type Shape, type Transformer } from "../src/attention/transformer.js";

/** A model of tests/golden, its images, and what PyTorch says about them. */
interface Golden {
  model: Transformer;
  passes: Pass[];
  due(name: string): Float32Array;
}

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
  const model = createTransformer(asModel(bytes), shapeOf(JSON.parse(header.__metadata__.config) as Record<string, never>));
  const images = file.values("images");
  const passes = [0, 1, 2, 3].map((index) => createPass(model, images.subarray(index * 784, (index + 1) * 784)));
  return { model, passes, due: (tensor) => file.values(tensor) };
}

function shapeOf({ patch, heads, stem_channels, stem_depth, qk_norm, pool, image_size }: Record<string, never>): Shape {
  return { patch_size: patch, heads, stem: stem_channels, stem_depth, qk_norm, pool: pool === "class" ? "class-token" : pool, image_size };
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
