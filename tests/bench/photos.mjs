/**
 * How well the page reads photos: paints photos of each kind, finds the ink with the page's own code, and predicts it
 * with the shipped model. Prints a table.
 *
 *   cargo xtask build
 *   node tests/bench/photos.mjs --data DIR [--kinds ruled,squared] [--count 100] [--first 0] [--cache DIR] [--list]
 *   node tests/bench/photos.mjs --folder DIR      pictures of one's own: PPM files whose names begin with the digit
 *
 * DIR has `mnist/t10k-images-idx3-ubyte.gz` with its labels and `strokes/pendigits-train.jsonl.gz`. Photos are numbered
 * by seed: develop with one range (`--first 0`), report another (`--first 100`). `--cache` keeps the painted photos.
 * "Drawings read" counts those that the model reads without a photo: what no reading of photos can exceed by much.
 * `--modules DIR` has `predictor.js` and `predictor_bg.wasm` from another build, `--list` names what was not right.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { folder, named, script } from "./modules.mjs";
import { photograph, scaled } from "./photos/camera.mjs";
import { readDigits } from "./photos/digits.mjs";
import { KINDS } from "./photos/kinds.mjs";
import { random } from "./photos/random.mjs";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    folder: { type: "string" },
    kinds: { type: "string", default: Object.keys(KINDS).join(",") },
    count: { type: "string", default: "100" },
    first: { type: "string", default: "0" },
    cache: { type: "string" },
    modules: { type: "string" },
    list: { type: "boolean", default: false },
  },
});

/** Above this probability, a wrong answer misleads. */
const MISLEADING = 0.9;
/** The pen of a drawing without a photo, in pixels of the model's image. */
const PEN = 2.4;
/** Seeds of different kinds are this far apart. */
const APART = 1_000_003;
const OUTCOMES = ["right", "unsure", "wrong", "wrong above 90 %", "refused"];

/** The predictor of the page, with the shipped model. */
async function loadPredictor() {
  const place = options.modules === undefined ? folder : resolve(options.modules);
  const wasm = readFileSync(options.modules === undefined ? await named("predictor") : join(place, "predictor_bg.wasm"));
  const glue = await import(pathToFileURL(join(place, "predictor.js")).href);
  await glue.default({ module_or_path: wasm });
  const model = readFileSync(resolve(import.meta.dirname, "..", "..", "assets", "model.safetensors"));
  return { glue, predictor: new glue.Predictor(model) };
}

/** A photo of a kind with the labels of its digits, painted, or from the cache. */
function photoOf(kind, seed, digits) {
  const numbers = random(seed * APART + Object.keys(KINDS).indexOf(kind) * 7919);
  const scene = KINDS[kind](numbers, digits);
  const labels = scene.digits.map(({ label }) => label);
  const [drawn] = scene.digits;
  if (options.cache === undefined) return { ...photograph(scene, numbers), labels, drawn };
  mkdirSync(options.cache, { recursive: true });
  const file = join(options.cache, `${kind.replaceAll(" ", "-")}-${seed}.ppm`);
  if (!existsSync(file)) writeFileSync(file, toPpm(photograph(scene, numbers)));
  return { ...fromPpm(readFileSync(file)), labels, drawn };
}

function toPpm({ data, width, height }) {
  const pixels = Buffer.from(data.filter((_, i) => i % 4 !== 3));
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), pixels]);
}

function fromPpm(bytes) {
  const [head, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.subarray(0, 64).toString("latin1")) ?? [];
  if (head === undefined) throw new Error("Only binary PPM files with 255 levels can be read");
  return scaled(bytes.subarray(head.length), Number(width), Number(height));
}

/** Whether the model reads the drawing itself, without a photo of it; null if there is not exactly one. */
async function readAlone({ labels, drawn }, { glue, predictor }) {
  if (labels.length !== 1 || drawn === undefined) return null;
  const strokes = drawn.strokes?.map((points) => ({ points, pressure: [] }));
  const image = strokes ? glue.image_of_strokes(strokes, PEN) : Uint8Array.from(drawn.image);
  const { probabilities, sure } = await predictor.predict(image);
  return sure && probabilities.indexOf(Math.max(...probabilities)) === labels[0];
}

/** The outcome for a photo. */
async function outcome({ data, width, height, labels }, { picture, glue, predictor }) {
  const started = performance.now();
  const { digits, text } = await picture.readDigits(data, width, height);
  const took = performance.now() - started;
  const told = (result, answer) => ({ result, answer, took });
  const count = text ? "text" : `${digits.length} digits`;
  if (labels.length !== 1) {
    if (!text && digits.length === labels.length) return told("right", count);
    // Several digits are said, but not how many: nobody is misled.
    if (digits.length !== 1) return told(labels.length > 1 && digits.length > 1 ? "unsure" : "refused", count);
  }
  if (digits.length !== 1) return told("refused", count);
  const { pixels, ...size } = digits[0].ink;
  const image = glue.image_of_ink(pixels, size.width, size.height);
  const { probabilities, sure } = await predictor.predict(image);
  const first = probabilities.indexOf(Math.max(...probabilities));
  const answer = `${first} at ${(100 * probabilities[first]).toFixed(1)} %`;
  if (labels.length === 1 && first === labels[0]) return told(sure ? "right" : "unsure", answer);
  if (!sure) return told("unsure", answer);
  return told(probabilities[first] > MISLEADING ? "wrong above 90 %" : "wrong", answer);
}

/** Measures photos, and prints a row. */
async function measure(name, photos, parts) {
  const counts = Object.fromEntries(OUTCOMES.map((result) => [result, 0]));
  const times = [];
  let alone = 0;
  for (const photo of photos) {
    const taken = photo.read();
    const { result, answer, took } = await outcome(taken, parts);
    const drawing = await readAlone(taken, parts);
    if (drawing) alone += 1;
    counts[result] += 1;
    times.push(took);
    const alike = drawing === false ? ", and the drawing alone is not read either" : "";
    if (options.list && result !== "right") process.stderr.write(`${photo.name}: ${result}: ${answer}${alike}\n`);
  }
  const median = times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
  const share = `${((100 * counts.right) / photos.length).toFixed(1)} %`;
  const cells = [name, photos.length, ...OUTCOMES.map((result) => counts[result]), share, alone, median.toFixed(0)];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

/** The pictures of a folder, by kind: the names after the digit. */
function kindsOf(place) {
  const kinds = new Map();
  for (const name of readdirSync(place).filter((file) => /^\d-.*\.ppm$/.test(file))) {
    const read = () => ({ ...fromPpm(readFileSync(join(place, name))), labels: [Number(name[0])] });
    const kind = name.slice(2, -4);
    kinds.set(kind, [...(kinds.get(kind) ?? []), { name, read }]);
  }
  return kinds;
}

function painted(kind, digits) {
  const [first, count] = [Number(options.first), Number(options.count)];
  return Array.from({ length: count }, (_, i) => ({ name: `${kind} ${first + i}`, read: () => photoOf(kind, first + i, digits) }));
}

const parts = { picture: await script("photo/binarise.ts"), ...await loadPredictor() };
const titles = ["kind", "photos", ...OUTCOMES, "share right", "drawings read", "ms"];
process.stdout.write(`| ${titles.join(" | ")} |\n|${"---|".repeat(titles.length)}\n`);
if (options.folder !== undefined) {
  for (const [kind, photos] of kindsOf(options.folder)) await measure(kind, photos, parts);
} else if (options.data === undefined) {
  throw new Error("--data must name the folder with digits, or --folder one with pictures");
} else {
  const digits = readDigits(options.data);
  for (const kind of options.kinds.split(",")) await measure(kind, painted(kind, digits), parts);
}
