/**
 * Builds the page.
 *
 *   node www/build.mjs --trunk                      as the hook that Trunk calls (see Trunk.toml)
 *   node www/build.mjs --out DIR [--wasm DIR] [--release]   from modules that exist already
 */
import { existsSync } from "node:fs";
import { rm, mkdir } from "node:fs/promises";
import { basename } from "node:path";
import { bundlePage, bundlePart, bundleServiceWorker, bundleStart, bundleStyles, bundleWorkers } from "./build/bundle.mjs";
import { Dist } from "./build/dist.mjs";
import { assembleHtml, readAssembledHtml, rewriteHtml } from "./build/html.mjs";
import { addManifestAndIcons } from "./build/manifest.mjs";
import { readOptions, sampleFiles, shippedWeights } from "./build/options.mjs";
import { headersFile } from "./build/policy.mjs";
import { checkSample } from "./build/sample.mjs";
import { checkBudget, measure, sizeTable, sizesJson } from "./build/sizes.mjs";
import { modules, optimizeModule, removeLeftovers, takeModules } from "./build/wasm.mjs";

/** Parts of the page that are fetched when they are wanted, and their sources. */
const PARTS = {
  lessons: "lessons/card.ts",
  photos: "photo/script.ts",
  structure: "structure/view.ts",
  attention: "attention/view.ts",
  race: "race/view.ts",
  cost: "cost/view.ts",
  german: "text/de/index.ts",
  reports: "text/de/reports.ts",
};

async function build(options) {
  await checkSample();
  const dist = new Dist(options.out);
  if (options.mode === "modules") {
    await rm(options.out, { recursive: true, force: true });
    await mkdir(options.out, { recursive: true });
  }

  const built = await takeModules(modules, options);
  const optimized = built.map((module) => (options.release ? optimizeModule(module, options) : module.bytes));
  const wasm = {};
  for (const [index, bytes] of (await Promise.all(optimized)).entries()) {
    const { name } = built[index];
    wasm[name] = bytes ? await dist.addHashed(`${name}.wasm`, bytes) : null;
  }

  const weights = await addWeights(dist);
  const sample = await Promise.all(sampleFiles.map((path) => dist.addHashedFile(basename(path), path)));
  const workers = await bundleWorkers(dist, built, wasm, options);
  if (options.mode === "trunk") await removeLeftovers(built, options);
  const start = await bundleStart(dist, options);
  const parts = {};
  for (const [name, entry] of Object.entries(PARTS)) parts[name] = await bundlePart(dist, name, entry, options);
  const page = await bundlePage(dist, { workers, weights, sample, parts }, options);
  const styles = await bundleStyles(dist, options);
  const { manifest, icon } = await addManifestAndIcons(dist);

  const html = options.mode === "trunk" ? await readAssembledHtml(options) : await assembleHtml();
  const names = { start, styles, manifest, icon, main: page.main, shared: page.shared, version: dist.version(html) };
  await dist.add("index.html", rewriteHtml(html, names));
  await bundleServiceWorker(dist, { version: names.version, trainer: [wasm.trainer], lazy: [wasm.trainer, workers["large-predictor"], parts.structure, parts.german, parts.reports, ...sample] }, options);

  const sizes = await measure(dist.files(), options);
  await dist.add("sizes.json", sizesJson(sizes));
  await dist.add("_headers", headersFile(dist.files().map(({ name }) => name)));
  if (options.release) {
    process.stdout.write(`${sizeTable(sizes)}\n`);
    await checkBudget(sizes);
  }
}

/** The weights that the page starts with. */
async function addWeights(dist) {
  if (existsSync(shippedWeights)) return dist.addHashedFile("model.safetensors", shippedWeights);
  process.stderr.write("note: there is no assets/model.safetensors: the page will not find its model\n");
  return "assets/model.safetensors";
}

try {
  await build(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
