/**
 * Runs a test binary built for 32-bit WebAssembly (wasm32-wasip1) in Node.js. The tests may read and write the
 * project's folder, in which cargo starts them; the JavaScript environment of the page's modules is missing.
 */
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const [, , file, ...options] = process.argv;
const folder = process.cwd();
const wasi = new WASI({
  version: "preview1",
  // A panic aborts the program here: captured output of a test would be lost.
  args: [file, "--nocapture", ...options],
  env: process.env,
  preopens: { [folder]: folder, ".": folder },
  returnOnExit: true,
});
const module = await WebAssembly.compile(await readFile(file));
const imports = wasi.getImportObject();
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  const missing = () => {
    throw new Error(`${from}.${name} is there in a browser only`);
  };
  imports[from] ??= {};
  imports[from][name] ??= missing;
}
process.exitCode = wasi.start(await WebAssembly.instantiate(module, imports));
