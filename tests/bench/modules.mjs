/** The page's two modules from the build's output, optimised like the page's but with names kept; and its scripts. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { bundled } from "../../www/build/script.mjs";
import { modules, wasmOpt } from "../../www/build/wasm.mjs";

const root = resolve(import.meta.dirname, "..", "..");
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** Where they are put, with the scripts around them. */
export const folder = join(target, "modules");

/** The profile that each is built with (index.html). */
const PROFILES = { predictor: "wasm-small", trainer: "wasm-fast" };

/** The path of a module with names; beside it lies the script around it, `trainer.js` or `predictor.js`. */
export async function named(name) {
  const built = join(target, "wasm32-unknown-unknown", PROFILES[name], `${name}.wasm`);
  if (!existsSync(built)) throw new Error(`There is no ${built}: run cargo xtask build first`);
  const small = join(folder, `${name}.wasm`);
  if (existsSync(small) && statSync(small).mtimeMs > statSync(built).mtimeMs) return small;
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, PATH: [join(target, "tools", "bin"), process.env.PATH].join(delimiter) };
  execFileSync("wasm-bindgen", ["--target", "web", "--no-typescript", "--out-dir", folder, built], { env, stdio: "inherit" });
  const { flags } = modules.find((module) => module.name === name);
  await wasmOpt(join(folder, `${name}_bg.wasm`), small, [...flags, "-g"]);
  return small;
}

/** One of the page's own scripts, by its path below `www/src`. */
export async function script(path) {
  const text = await bundled(join(root, "www", "src", path));
  return import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
}
