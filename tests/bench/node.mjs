/**
 * The page's own trainer in Node, without a browser: the time of a step on the CPU, or on WebGPU through Dawn, which is
 * what Chromium uses. For machines with a graphics card but no browser.
 *
 *   cargo xtask build
 *   npm install --prefix DIR webgpu        (where npm runs no scripts: node DIR/node_modules/webgpu/build/postinstall.js)
 *   node tests/bench/node.mjs --webgpu DIR [--presets tiny,small] [--batch 128] [--steps 20] [--warm-up 5] [--dawn FLAGS]
 *     [--model JSON]                     what differs from the preset's model: {"stem":16,"depth":4}
 *     [--train JSON]                     and from its recipe: {"optimizer":"muon"}
 *     [--new-groups]                     recreates every bind group, as the page once did (www/src/device/bind-groups.ts)
 *   node tests/bench/node.mjs [the same]   on the CPU
 *
 * With --dawn backend=null the device computes nothing, instantly: what is left is the host time. Losses are then
 * meaningless, and it needs --warm-up 100, as V8 keeps recompiling the module at first.
 * On Linux without a screen XDG_RUNTIME_DIR must name a folder; VK_ICD_FILENAMES chooses a driver, such as the software
 * one in Chromium's folder (vk_swiftshader_icd.json).
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { folder, named, script } from "./modules.mjs";

const { values: options } = parseArgs({
  options: {
    webgpu: { type: "string" },
    dawn: { type: "string" },
    model: { type: "string", default: "{}" },
    train: { type: "string", default: "{}" },
    presets: { type: "string", default: "tiny" },
    batch: { type: "string", default: "128" },
    steps: { type: "string", default: "20" },
    "warm-up": { type: "string", default: "5" },
    "new-groups": { type: "boolean", default: false },
  },
});

/** The most steps whose calls are counted: those between two reads. */
const COUNTED = 10;

/** Counts since the last reset. */
const counts = { dispatches: 0, submits: 0, uploaded: 0, read: 0 };

/** Gives Node a WebGPU like that of a browser's worker. */
async function bringWebGpu(place) {
  const require = createRequire(join(resolve(place), "package.json"));
  const { create, globals } = await import(pathToFileURL(require.resolve("webgpu")).href);
  Object.assign(globalThis, globals);
  // The engine checks the type of its global object, and uses its navigator.
  class WorkerNavigator {}
  class WorkerGlobalScope {}
  class Window {}
  Object.setPrototypeOf(globalThis, Object.create(WorkerGlobalScope.prototype));
  const navigator = Object.create(WorkerNavigator.prototype, { gpu: { value: create(options.dawn?.split(",") ?? []) } });
  for (const [name, value] of Object.entries({ WorkerNavigator, WorkerGlobalScope, Window, navigator })) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  if (!options["new-groups"]) (await script("device/bind-groups.ts")).reuseBindGroups();
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error("Dawn finds no adapter here");
  return `${adapter.info.vendor} ${adapter.info.architecture} ${adapter.info.description}`;
}

/** Counts WebGPU calls until the returned function is called: counting takes time itself. */
function count() {
  const originals = [];
  const watch = (owner, method, see) => {
    const original = owner.prototype[method];
    originals.push(() => void (owner.prototype[method] = original));
    owner.prototype[method] = function (...args) {
      see(this, ...args);
      return original.apply(this, args);
    };
  };
  const dispatched = () => void (counts.dispatches += 1);
  watch(GPUComputePassEncoder, "dispatchWorkgroups", dispatched);
  watch(GPUComputePassEncoder, "dispatchWorkgroupsIndirect", dispatched);
  watch(GPUQueue, "submit", () => void (counts.submits += 1));
  watch(GPUQueue, "writeBuffer", (queue, buffer, at, data, from = 0, size = undefined) => {
    const unit = data.BYTES_PER_ELEMENT ?? 1;
    counts.uploaded += size === undefined ? data.byteLength - from * unit : size * unit;
  });
  watch(GPUBuffer, "mapAsync", (buffer, mode, from = 0, size = buffer.size - from) => {
    if (mode === GPUMapMode.READ) counts.read += size;
  });
  return () => originals.forEach((restore) => restore());
}

/** A started module. */
async function load(name) {
  const wasm = readFileSync(await named(name));
  const glue = await import(pathToFileURL(join(folder, `${name}.js`)).href);
  await glue.default({ module_or_path: wasm });
  return glue;
}

/** Trains one preset; returns its figures as a row of Markdown. */
async function measure(trainer, preset, device) {
  const [batch, steps, warmUp] = [options.batch, options.steps, options["warm-up"]].map(Number);
  const train = { ...preset.train, batch_size: batch, clip_norm: 0, epochs: 1000, ...JSON.parse(options.train) };
  trainer.start({ model: { ...preset.model, ...JSON.parse(options.model) }, train });
  const losses = [];
  const step = async () => {
    for (const event of await trainer.step()) if (event.type === "progress") losses.push(event.loss);
  };
  for (let i = 0; i < warmUp; i++) await step();
  const before = { ...counts };
  const counted = Math.min(steps, COUNTED);
  const stop = device === "webgpu" ? count() : () => {};
  for (let i = 0; i < counted; i++) await step();
  stop();
  const start = performance.now();
  const loop = performance.eventLoopUtilization();
  for (let i = 0; i < steps; i++) await step();
  const milliseconds = (performance.now() - start) / steps;
  // On average: most calls only queue launches, and every few hundred launches one submits them all to WebGPU.
  const host = performance.eventLoopUtilization(loop).active / steps;
  const per = (name) => ((counts[name] - before[name]) / counted).toFixed(0);
  trainer.reset();
  return [device, preset.name, batch, milliseconds.toFixed(1), host.toFixed(1), (1000 * batch / milliseconds).toFixed(0),
    per("dispatches"), per("submits"), per("uploaded"), per("read"), losses.map((loss) => loss.toFixed(3)).join(" ")];
}

const adapter = options.webgpu === undefined ? "CPU" : await bringWebGpu(options.webgpu);
const [predictor, module] = [await load("predictor"), await load("trainer")];
const trainer = options.webgpu === undefined ? module.open_cpu() : await module.open_graphics();
// One epoch contains all steps, so that no validation comes between them.
const images = Number(options.batch) * (Number(options.steps) + Number(options["warm-up"]) + COUNTED + 1);
trainer.add_builtin(Math.ceil(images / 0.9), 1);
trainer.prepare(0.1, 0, 1);
const presets = predictor.presets(28, 10);
const titles = ["device", "preset", "batch", "ms/step", "host ms", "images/s", "dispatches", "submits", "bytes up", "bytes read", "losses"];
process.stdout.write(`${adapter}, Node ${process.version}\n\n| ${titles.join(" | ")} |\n|${"---|".repeat(titles.length)}\n`);
for (const name of options.presets.split(",")) {
  const preset = presets.find((one) => one.name === name);
  if (preset === undefined) throw new Error(`There is no preset ${name}`);
  process.stdout.write(`| ${(await measure(trainer, preset, options.webgpu === undefined ? "cpu" : "webgpu")).join(" | ")} |\n`);
}
// Dawn keeps Node alive.
process.exit(0);
