/** The page's two modules as the build left them, made smaller as the page's own are, but with names. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..", "..");
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** Where they are put, with the scripts around them. */
export const folder = join(target, "modules");

/** As www/build.mjs makes them. */
export const MODULES = {
  predictor: { name: "predictor", profile: "wasm-small", level: "-Oz" },
  trainer: { name: "trainer", profile: "wasm-fast", level: "-O2" },
};
const FEATURES = [
  "simd", "bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue",
].map((name) => `--enable-${name}`);

/** The path of a module with names; beside it lies the script around it, `trainer.js` or `predictor.js`. */
export function named({ name, profile, level }) {
  const built = join(target, "wasm32-unknown-unknown", profile, `${name}.wasm`);
  if (!existsSync(built)) throw new Error(`There is no ${built}: run cargo xtask build first`);
  const small = join(folder, `${name}.wasm`);
  if (existsSync(small) && statSync(small).mtimeMs > statSync(built).mtimeMs) return small;
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, PATH: [join(target, "tools", "bin"), process.env.PATH].join(delimiter) };
  execFileSync("wasm-bindgen", ["--target", "web", "--no-typescript", "--out-dir", folder, built], { env, stdio: "inherit" });
  return optimize(join(folder, `${name}_bg.wasm`), small, [level, "-g"]);
}

/** Runs wasm-opt; gives the path of what it wrote. */
export function optimize(from, to, options) {
  const require = createRequire(join(root, "www", "package.json"));
  const tool = join(dirname(require.resolve("binaryen/package.json")), "bin", "wasm-opt");
  execFileSync(process.execPath, [tool, from, "-o", to, ...options, ...FEATURES], { stdio: "inherit" });
  return to;
}
