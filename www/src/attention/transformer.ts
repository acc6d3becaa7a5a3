/**
 * A plain Vision Transformer computed from its weights, with everything that attention consists of. The engine gives its
 * attention and nothing before it; this follows `crate/model/reference`, and tests hold it to the same values from PyTorch.
 */
import type { Vit } from "../protocol/engine.js";
import { convolve, dot, gelu, layerNorm, linear, mix, softmax, type ImageMap, type Norm } from "./operations.js";
import { openTensors, type TensorFile } from "./safetensors.js";

/** The settings that the computation depends on. */
export type Shape = Pick<Vit, "patch_size" | "heads" | "pool" | "stem" | "stem_depth" | "qk_norm"> & { image_size: number };

/** Queries, keys and values of all tokens in a block, `[tokens, width]` each: those of a head are next to each other. */
export interface Projections {
  /** The tokens after LayerNorm. */
  normed: Float32Array;
  queries: Float32Array;
  keys: Float32Array;
  values: Float32Array;
}

/** A model, block by block. Tokens are `[tokens, width]`. */
export interface Transformer {
  shape: Shape;
  width: number;
  weights: TensorFile;
  /** The tokens of an image `[side, side]`: its patches, with the class token in front and positions added. */
  embed(pixels: Float32Array): Float32Array;
  project(block: number, tokens: Float32Array): Projections;
  /** The tokens after a block. */
  block(block: number, tokens: Float32Array, projections: Projections): Float32Array;
}

/** Opens a model from the bytes of its safetensors file. */
export function createTransformer(bytes: Uint8Array, shape: Shape): Transformer {
  const weights = openTensors(bytes);
  const width = weights.values("norm.weight").length;
  return {
    shape, width, weights,
    embed: (pixels) => embed(weights, shape, pixels),
    project: (block, tokens) => project(weights, shape, block, tokens),
    block(block, tokens, projections) {
      const attended = sum(tokens, linearOf(weights, `blocks.${block}.attn.proj`, allHeads(projections, shape.heads, width)));
      const hidden = gelu(linearOf(weights, `blocks.${block}.mlp.fc1`, layerNorm(attended, layerOf(weights, `blocks.${block}.norm2`))));
      return sum(attended, linearOf(weights, `blocks.${block}.mlp.fc2`, hidden));
    },
  };
}

/** The scores of a query with all keys of a head: dot products, divided by the square root of the head's width. */
export function scoresOf({ queries, keys }: Projections, token: number, head: number, size: number, width: number): Float32Array {
  const scores = new Float32Array(keys.length / width);
  return scores.map((_, key) => dot(queries, token * width + head * size, keys, key * width + head * size, size) / Math.sqrt(size));
}

/** The results of all heads for one token, side by side. */
export function headsOf(projections: Projections, token: number, heads: number, width: number): Float32Array {
  const size = width / heads;
  const joined = new Float32Array(width);
  for (let head = 0; head < heads; head++) {
    const shares = softmax(scoresOf(projections, token, head, size, width));
    joined.set(mix(shares, projections.values, width, head * size, size), head * size);
  }
  return joined;
}

function allHeads(projections: Projections, heads: number, width: number): Float32Array {
  const joined = new Float32Array(projections.values.length);
  for (let token = 0; token * width < joined.length; token++) joined.set(headsOf(projections, token, heads, width), token * width);
  return joined;
}

function project(weights: TensorFile, { qk_norm }: Shape, block: number, tokens: Float32Array): Projections {
  const normed = layerNorm(tokens, layerOf(weights, `blocks.${block}.norm1`));
  const width = weights.values("norm.weight").length;
  const joined = linearOf(weights, `blocks.${block}.attn.qkv`, normed);
  const part = (index: number): Float32Array => tokens.map((_, at) => joined[Math.floor(at / width) * 3 * width + index * width + (at % width)] ?? 0);
  const each = (values: Float32Array, name: string): Float32Array =>
    qk_norm ? layerNorm(values, layerOf(weights, `blocks.${block}.attn.${name}`)) : values;
  return { normed, queries: each(part(0), "q_norm"), keys: each(part(1), "k_norm"), values: part(2) };
}

function embed(weights: TensorFile, shape: Shape, pixels: Float32Array): Float32Array {
  let image = padded(pixels, shape);
  const depth = shape.stem > 0 ? shape.stem_depth : 0;
  const halves = shape.patch_size % 2 === 0;
  for (let layer = 0; layer < depth; layer++) {
    // The first of the wider layers halves the image, if patches still have whole pixels then.
    const stride = halves && layer === Math.floor(depth / 2) ? 2 : 1;
    const convolved = convolve(image, { ...layerOf(weights, `stem.${layer}`), window: 3, stride, margin: 1 });
    image = { side: convolved.side, values: gelu(convolved.values) };
  }
  const window = weights.shape("patch_embed.proj.weight")[3] ?? 1;
  const patches = convolve(image, { ...layerOf(weights, "patch_embed.proj"), window, stride: window, margin: 0 });
  return withPositions(weights, shape, patches.values);
}

/** The image with as much background around it that patches divide it. */
function padded(pixels: Float32Array, { image_size: side, patch_size: patch }: Shape): ImageMap {
  const whole = Math.ceil(side / patch) * patch;
  const before = Math.floor((whole - side) / 2);
  const values = new Float32Array(whole * whole).fill(-1);
  for (let row = 0; row < side; row++) values.set(pixels.subarray(row * side, (row + 1) * side), (row + before) * whole + before);
  return { values, side: whole };
}

/** Patches as tokens, with the class token in front and positions added. */
function withPositions(weights: TensorFile, { pool }: Shape, patches: Float32Array): Float32Array {
  const front = pool === "class-token" ? weights.values("cls_token") : new Float32Array(0);
  return weights.values("pos_embed").map((position, at) => position + (front[at] ?? patches[at - front.length] ?? 0));
}

/** Weight and bias of a layer, or scale and shift of a norm. */
function layerOf(weights: TensorFile, name: string): Norm {
  return { weight: weights.values(`${name}.weight`), bias: weights.values(`${name}.bias`) };
}

function linearOf(weights: TensorFile, name: string, input: Float32Array): Float32Array {
  const { weight, bias } = layerOf(weights, name);
  return linear(input, weight, bias);
}

function sum(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((value, i) => value + (other[i] ?? 0));
}
