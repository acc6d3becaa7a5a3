/**
 * A table of the families: each preset trained on MNIST with the same budget, several seeds, and evaluated.
 *
 *   cargo build --release
 *   node tests/bench/families.mjs --data FOLDER --out FOLDER [--strokes FILE] [--presets tiny,swin] [--seeds 3]
 *     [--epochs 8] [--device cpu] [--program target/release/patchwork] [--json FILE]
 *
 * `--data` is the folder with MNIST's four files. The best epoch is chosen on validation images, and the test images are
 * evaluated once. Runs are kept in `--out`: if it is stopped, the same command goes on from there. No other load may be
 * on the machine, or the seconds mean nothing.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    out: { type: "string" },
    strokes: { type: "string" },
    presets: { type: "string", default: "tiny,base,deit,cct,pvt,swin,linear,linformer,cnn" },
    seeds: { type: "string", default: "3" },
    epochs: { type: "string", default: "8" },
    device: { type: "string", default: "cpu" },
    program: { type: "string", default: "target/release/patchwork" },
    json: { type: "string" },
  },
});
if (!options.data || !options.out) {
  console.error("say where MNIST is (--data FOLDER) and where the runs go (--out FOLDER)");
  process.exit(2);
}

/** Runs the program; returns what it printed. */
function patchwork(...words) {
  const { status, stdout } = spawnSync(options.program, [...words, "--device", options.device], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`patchwork ${words.join(" ")} ended with ${status}`);
  return stdout;
}

/** Trains one seed of a preset, or the rest of it. */
function train(preset, seed) {
  const run = join(options.out, `${preset}-${seed}`);
  if (existsSync(join(run, "report.html"))) return run;
  if (existsSync(join(run, "checkpoint.safetensors"))) {
    patchwork("train", "--resume", run);
    return run;
  }
  const data = ["--data", join(options.data, "train-images-idx3-ubyte.gz"), "--test", join(options.data, "t10k-images-idx3-ubyte.gz")];
  patchwork("train", ...data, "--preset", preset, "--epochs", options.epochs, "--seed", String(seed), "--out", run);
  return run;
}

/** The share of images that a run reads, in percent. */
function accuracy(run, data) {
  return 100 * JSON.parse(patchwork("eval", "--model", run, "--data", data, "--json")).accuracy;
}

/** Seconds of each epoch of a run. */
function seconds(run) {
  const [head, ...rows] = readFileSync(join(run, "metrics.csv"), "utf8").trim().split("\n").map((row) => row.split(","));
  return rows.map((row) => Number(row[head.indexOf("seconds")]));
}

/** The number of parameters of a run's model: the sizes in its weights file. */
function parameters(run) {
  const bytes = readFileSync(join(run, "model.safetensors"));
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  const shapes = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return shapes.reduce((sum, [, { shape }]) => sum + shape.reduce((count, side) => count * side, 1), 0);
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const spread = (numbers) => `${mean(numbers).toFixed(2)} (${numbers.map((number) => number.toFixed(2)).join(", ")})`;

const rows = [];
for (const preset of options.presets.split(",")) {
  const runs = Array.from({ length: Number(options.seeds) }, (_, seed) => train(preset, seed));
  rows.push({
    preset,
    parameters: parameters(runs[0]),
    test: runs.map((run) => accuracy(run, join(options.data, "t10k-images-idx3-ubyte.gz"))),
    strokes: options.strokes ? runs.map((run) => accuracy(run, options.strokes)) : [],
    epoch: median(runs.flatMap(seconds)),
  });
  const { parameters: size, test, strokes, epoch } = rows.at(-1);
  console.error(`${preset}: ${size} parameters, test ${spread(test)} %, ${epoch.toFixed(1)} s an epoch`);
  if (strokes.length > 0) console.error(`${preset}: strokes ${spread(strokes)} %`);
}
console.log(`| preset | parameters | MNIST test, ${options.epochs} epochs, mean (each seed) | strokes | s per epoch |`);
console.log("| --- | --- | --- | --- | --- |");
for (const { preset, parameters: size, test, strokes, epoch } of rows) {
  const read = strokes.length > 0 ? spread(strokes) : "–";
  console.log(`| ${preset} | ${size.toLocaleString("en")} | ${spread(test)} | ${read} | ${epoch.toFixed(1)} |`);
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
