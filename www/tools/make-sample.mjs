/**
 * Writes src/draw/recorded.ts: the example of the first visit with the shipped model's prediction, so that the page is
 * usable before any WebAssembly has loaded.
 *
 *   node www/tools/make-sample.mjs [FOLDER]     with predictor.js and predictor_bg.wasm in FOLDER
 *
 * Run it again when the shipped weights change: the build compares their hash with the one recorded here.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { builtModules, shippedWeights } from "../build/options.mjs";

const page = join(import.meta.dirname, "..");
const PEN_WIDTH = 2.4;

/** Points of the pen's path, in units of the canvas; a smooth curve goes through them. */
const PASSES = [
  [0.315, 0.292], [0.352, 0.226], [0.44, 0.178], [0.548, 0.176], [0.634, 0.222], [0.652, 0.306], [0.606, 0.388],
  [0.522, 0.44], [0.448, 0.464], [0.532, 0.466], [0.628, 0.508], [0.684, 0.592], [0.672, 0.698], [0.594, 0.784],
  [0.478, 0.822], [0.368, 0.802], [0.296, 0.732],
];

/** A smooth curve through points (Catmull-Rom), with `pieces` straight segments between two of them. */
function curve(points, pieces = 5) {
  const at = (index) => points[Math.min(points.length - 1, Math.max(0, index))];
  const found = [];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let piece = 0; piece < pieces; piece++) {
      const t = piece / pieces;
      found.push([0, 1].map((axis) => spline(a[axis], b[axis], c[axis], d[axis], t)));
    }
  }
  return [...found, points.at(-1)].map((point) => point.map((value) => Number(value.toFixed(3))));
}

function spline(a, b, c, d, t) {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

async function predict(folder, weights, strokes) {
  const module = await import(pathToFileURL(join(folder, "predictor.js")).href);
  await module.default({ module_or_path: await readFile(join(folder, "predictor_bg.wasm")) });
  const predictor = new module.Predictor(new Uint8Array(weights));
  return predictor.predict(module.image_of_strokes(strokes, PEN_WIDTH));
}

const base64 = (bytes) => Buffer.from(bytes).toString("base64");

/** Levels of a share of attention: few, because the page waits for this file. */
const LEVELS = 12;

/**
 * Rows of shares, one character each: the square root of the share, because most are small, in
 * steps of the row's largest. A row's sum is 1, so its scale is not stored.
 */
function shares(values, tokens) {
  let text = "";
  for (let start = 0; start < values.length; start += tokens) {
    const row = values.subarray(start, start + tokens);
    const largest = Math.max(...row);
    for (const share of row) text += Math.round(Math.sqrt(share / largest) * (LEVELS - 1)).toString(LEVELS);
  }
  return text;
}

/** The class token as signed bytes with one scale. */
function vector(values) {
  const largest = Math.max(...values.map(Math.abs));
  const bytes = Int8Array.from(values, (value) => Math.round((127 * value) / largest));
  return { scale: Number((largest / 127).toPrecision(4)), bytes: base64(new Uint8Array(bytes.buffer)) };
}

function source(strokes, found, hash) {
  const { side, depth, heads, tokens, grid, patch, padding, stem, stem_depth } = found;
  const recorded = {
    side, depth, heads, tokens, grid, patch, padding, stem, stem_depth, levels: LEVELS,
    image: base64(found.image),
    probabilities: [...found.probabilities].map((share) => Number(share.toFixed(5))),
    sure: found.sure,
    unlike: found.unlike,
    attention: shares(found.attention, tokens),
    rollout: shares(found.rollout, tokens),
    classToken: vector([...found.class_token]),
  };
  return `/** The example of the first visit, recorded. Written by tools/make-sample.mjs; do not edit. */
import type { Stroke } from "../protocol/engine.js";

/** The weights that looked at it. */
export const WEIGHTS_SHA256 = "${hash}";

/** The pen's width that it is drawn with. */
export const PEN_WIDTH = ${PEN_WIDTH};

export const STROKES: Stroke[] = ${JSON.stringify(strokes)};

export const PREDICTION = ${JSON.stringify(recorded, null, 2)};
`;
}

const folder = process.argv[2] ?? builtModules();
const weights = await readFile(shippedWeights);
const strokes = [{ points: curve(PASSES), pressure: [] }];
const found = await predict(resolve(folder), weights, strokes);
const text = source(strokes, found, createHash("sha256").update(weights).digest("hex"));
await writeFile(join(page, "src", "draw", "recorded.ts"), text);
const best = found.probabilities.indexOf(Math.max(...found.probabilities));
process.stdout.write(`class ${best} (${found.probabilities[best].toFixed(3)}), ${text.length} bytes\n`);
