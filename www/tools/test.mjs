/** Unit tests of the page's scripts, run by Node: `npm test`. esbuild strips the types, as for the page. */
import { spawnSync } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import * as esbuild from "esbuild";
import { www } from "../build/options.mjs";

const tests = join(www, "tests");
// Below node_modules, where no other tool looks for sources.
const out = join(www, "node_modules", ".tests");

const files = (await readdir(tests)).filter((name) => name.endsWith(".test.ts"));
await rm(out, { recursive: true, force: true });
await esbuild.build({
  entryPoints: files.map((name) => join(tests, name)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  // They do not run from a bundle.
  external: ["acorn", "esbuild", "linkedom"],
  logLevel: "warning",
});
const built = files.map((name) => join(out, `${basename(name, ".ts")}.mjs`));
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...built], { cwd: www, stdio: "inherit" });
process.exitCode = status ?? 1;
