/** What one head does for one token, number by number: query, keys, scores, shares, values, and what is added to the token. */
import { dot, mix, moments, softmax } from "./operations.js";
import { headsOf, scoresOf, type Projections, type Transformer } from "./transformer.js";

/** Whose attention is looked at. All count from 0. */
export interface Place {
  block: number;
  head: number;
  /** Of all tokens; the class token comes first, if there is one. */
  token: number;
}

/** An image on its way through a model. Blocks are computed when they are asked for, each once. */
export interface Pass {
  /** The tokens before a block, `[tokens, width]`. */
  input(block: number): Float32Array;
  projections(block: number): Projections;
}

/** The numbers of one head for one token. */
export interface HeadSteps {
  /** The token before the block, and after LayerNorm. `[width]` */
  token: Float32Array;
  normed: Float32Array;
  /** What LayerNorm subtracts and divides by. */
  mean: number;
  deviation: number;
  /** `[size]`, where size is the width of a head. */
  query: Float32Array;
  /** Keys and values of all tokens, `[size]` each. */
  keys: Float32Array[];
  values: Float32Array[];
  /** Dot products of the query with the keys, and these divided by the square root of the size. `[tokens]` */
  products: Float32Array;
  scores: Float32Array;
  /** The model's own shares, and those at the chosen temperature. `[tokens]` */
  own: Float32Array;
  shares: Float32Array;
  /** The values, mixed by the shares. `[size]` */
  result: Float32Array;
  /** What this head adds to the token; what all other heads and the bias add; the token after attention. `[width]` */
  added: Float32Array;
  others: Float32Array;
  after: Float32Array;
}

/** Sends an image through a model. */
export function createPass(model: Transformer, pixels: Float32Array): Pass {
  const inputs: Float32Array[] = [];
  const projected: Projections[] = [];
  const pass: Pass = {
    input: (block) => (inputs[block] ??= block === 0 ? model.embed(pixels) : model.block(block - 1, pass.input(block - 1), pass.projections(block - 1))),
    projections: (block) => (projected[block] ??= model.project(block, pass.input(block))),
  };
  return pass;
}

/** Computes the numbers of a head for a token. */
export function stepsOf(model: Transformer, pass: Pass, { block, head, token }: Place, temperature: number): HeadSteps {
  const { width, shape: { heads } } = model;
  const size = width / heads;
  const row = (values: Float32Array, index: number): Float32Array => values.subarray(index * width, (index + 1) * width);
  const slice = (values: Float32Array, index: number): Float32Array => row(values, index).subarray(head * size, (head + 1) * size);
  const [tokens, projections] = [pass.input(block), pass.projections(block)];
  const all = Array.from({ length: tokens.length / width }, (_, index) => index);
  const scores = scoresOf(projections, token, head, size, width);
  const shares = softmax(scores, temperature);
  const result = mix(shares, projections.values, width, head * size, size);
  const own = row(tokens, token);
  const [added, others] = outputs(model, block, head, result, headsOf(projections, token, heads, width));
  return {
    token: own, normed: row(projections.normed, token), ...moments(own),
    query: slice(projections.queries, token),
    keys: all.map((index) => slice(projections.keys, index)),
    values: all.map((index) => slice(projections.values, index)),
    products: scores.map((score) => score * Math.sqrt(size)), scores, own: softmax(scores), shares, result, added, others,
    after: own.map((value, i) => value + (added[i] ?? 0) + (others[i] ?? 0)),
  };
}

/** The output matrix applied to the result of a head, and to those of all others. */
function outputs(model: Transformer, block: number, head: number, result: Float32Array, joined: Float32Array): [Float32Array, Float32Array] {
  const { width, weights } = model;
  const [weight, bias] = ["weight", "bias"].map((name) => weights.values(`blocks.${block}.attn.proj.${name}`)) as [Float32Array, Float32Array];
  const [start, size] = [head * result.length, result.length];
  const added = bias.map((_, i) => dot(weight, i * width + start, result, 0, size));
  const others = bias.map((value, i) => value + dot(weight, i * width, joined, 0, width) - dot(weight, i * width + start, joined, start, size));
  return [added, others];
}

/** The matrix that makes a number of a query from a token: its weights, `[width]`, and its bias. */
export function queryWeights({ width, weights }: Transformer, block: number, number: number): { weight: Float32Array; bias: number } {
  const [weight, bias] = ["weight", "bias"].map((name) => weights.values(`blocks.${block}.attn.qkv.${name}`)) as [Float32Array, Float32Array];
  return { weight: weight.subarray(number * width, (number + 1) * width), bias: bias[number] ?? 0 };
}
