/** The build's options, from arguments or from Trunk's environment. */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the page's sources. */
export const www = dirname(dirname(fileURLToPath(import.meta.url)));
/** The folder of the repository. */
export const root = dirname(www);

/** The weights that the page starts with. */
export const shippedWeights = join(root, "assets", "model.safetensors");
/** The real digits that the page trains on where nobody brings others (assets/README.md). */
export const sampleFiles = ["mnist-sample-images.idx3.gz", "mnist-sample-labels.idx1.gz"]
  .map((name) => join(root, "assets", name));

function targetFolder(env) {
  return resolve(root, env.CARGO_TARGET_DIR ?? "target");
}

/** The folder where Trunk leaves wasm-bindgen's output. */
export function builtModules(env = process.env) {
  return join(targetFolder(env), "wasm-bindgen", "release");
}

/** Arguments and environment as one checked set of options. */
export function readOptions(args, env = process.env) {
  const cache = join(targetFolder(env), "page-cache");
  if (args.includes("--trunk")) {
    const out = env.TRUNK_STAGING_DIR;
    if (!out) throw new Error("--trunk is for Trunk's hook: TRUNK_STAGING_DIR is not set");
    return { mode: "trunk", out, wasm: out, release: env.TRUNK_PROFILE === "release", cache };
  }
  const out = value(args, "--out");
  if (!out) throw new Error("usage: node www/build.mjs --out DIR [--wasm DIR] [--release]");
  const wasm = value(args, "--wasm") ?? builtModules(env);
  return { mode: "modules", out: resolve(out), wasm: resolve(wasm), release: args.includes("--release"), cache };
}

function value(args, name) {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}
