/** The WebAssembly modules: taken from the build and optimised by wasm-opt. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { hashOf } from "./dist.mjs";

/** The modules with their optimisation goals: small for what a visitor waits for, fast for training. */
export const modules = [
  { name: "predictor", flags: ["-Oz"] },
  { name: "trainer", flags: ["-O2"] },
];

/** Features that rustc assumes on wasm32; wasm-opt must be told. */
const features = [
  "simd", "bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue",
].map((name) => `--enable-${name}`);

const binaryen = createRequire(import.meta.url).resolve("binaryen/package.json");

/** Runs wasm-opt on the module at `from`. */
export async function wasmOpt(from, to, args) {
  const tool = join(dirname(binaryen), "bin", "wasm-opt");
  await promisify(execFile)(process.execPath, [tool, from, "-o", to, ...args, ...features], { maxBuffer: 1 << 26 });
}

/** Glue code and bytes of each module. Trunk's copies are removed from its folder, as they get new names. */
export async function takeModules(modules, options) {
  const taken = [];
  for (const module of modules) {
    const glue = join(options.wasm, `${module.name}.js`);
    const path = join(options.wasm, `${module.name}_bg.wasm`);
    if (!existsSync(path) && options.mode === "trunk") throw new Error(`Trunk left no ${module.name}_bg.wasm`);
    taken.push({ ...module, glue, path, bytes: existsSync(path) ? await readFile(path) : null });
    if (!existsSync(path)) process.stderr.write(`note: no ${module.name} module in ${options.wasm}\n`);
  }
  return taken;
}

/** Removes Trunk's files that the bundles now contain. */
export async function removeLeftovers(modules, options) {
  for (const { glue, path } of modules) await Promise.all([rm(glue, { force: true }), rm(path, { force: true })]);
  await rm(join(options.wasm, "snippets"), { recursive: true, force: true });
}

/** The module after wasm-opt. It takes minutes for the large one, so results are cached by content. */
export async function optimizeModule({ name, bytes, path, flags }, options) {
  if (!bytes) return null;
  const { version } = createRequire(import.meta.url)(binaryen);
  const args = [...flags, "--strip-debug", "--strip-producers"];
  const kept = join(options.cache, `${name}-${hashOf(bytes, version, [...args, ...features].join(" "))}.wasm`);
  if (existsSync(kept)) return readFile(kept);

  process.stdout.write(`wasm-opt ${flags.join(" ")} ${name} (${(bytes.length / 1e6).toFixed(1)} MB)…\n`);
  await mkdir(options.cache, { recursive: true });
  const started = Date.now();
  const partial = `${kept}.part`;
  await wasmOpt(path, partial, args);
  await rename(partial, kept);
  process.stdout.write(`wasm-opt ${name}: ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
  return readFile(kept);
}
