/**
 * What takes space in the page's two modules: bytes of code by crate, and the largest functions.
 *
 *   cargo xtask build
 *   node tests/bench/weight.mjs [--functions N] [--all]
 *
 * Reads the build's output in the target folder, optimised like the page's but with names kept. A generic function
 * counts for the first crate in its name that is not Rust's own: `Vec<patchwork::Row>` is ours.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { modules, wasmOpt } from "../../www/build/wasm.mjs";
import { folder, named } from "./modules.mjs";

/** Crates of the standard library. */
const RUST = new Set(["core", "alloc", "std"]);

const { values: options } = parseArgs({
  options: { functions: { type: "string", default: "12" }, all: { type: "boolean", default: false } },
});

/** Reads a module's numbers and names. */
class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    Object.assign(this, { bytes, at, end });
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** An unsigned LEB128. */
  number() {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  text() {
    const length = this.number();
    return this.bytes.toString("utf8", this.at, (this.at += length));
  }

  /** A reader of the next part, of this length. */
  part() {
    const length = this.number();
    this.at += length;
    return new Reader(this.bytes, this.at - length, this.at);
  }

  get more() {
    return this.at < this.end;
  }
}

/** Sizes and names of all functions, and the bytes of everything else. */
function functions(bytes) {
  const reader = new Reader(bytes, 8);
  let [imported, sizes, data] = [0, [], 0];
  let names = new Map();
  while (reader.more) {
    const id = reader.byte();
    const section = reader.part();
    if (id === 2) imported = importedFunctions(section);
    if (id === 10) sizes = Array.from({ length: section.number() }, () => {
      const { at, end } = section.part();
      return end - at;
    });
    if (id === 11) data = section.end - section.at;
    if (id === 0 && section.text() === "name") names = functionNames(section);
  }
  const list = sizes.map((size, index) => ({ size, name: names.get(index + imported) ?? "(no name)" }));
  return { list, data };
}

function importedFunctions(section) {
  let count = 0;
  for (let left = section.number(); left > 0; left--) {
    section.text();
    section.text();
    const kind = section.byte();
    if (kind !== 0) throw new Error("the module imports more than functions");
    section.number();
    count += 1;
  }
  return count;
}

function functionNames(section) {
  while (section.more) {
    const id = section.byte();
    const part = section.part();
    if (id !== 1) continue;
    return new Map(Array.from({ length: part.number() }, () => [part.number(), part.text()]));
  }
  return new Map();
}

/** The crate that a function belongs to. */
function crateOf(name) {
  const crates = [...name.matchAll(/(?<![\w:.])([a-z_][a-z0-9_]*)(?:\[[0-9a-f]+\])?::/g)].map(([, crate]) => crate);
  return crates.find((crate) => !RUST.has(crate)) ?? crates[0] ?? "(other)";
}

const kilobytes = (bytes) => (bytes / 1000).toFixed(1).padStart(8);

async function describe({ name: module }) {
  const bytes = readFileSync(await named(module));
  const { list, data } = functions(bytes);
  const code = list.reduce((sum, { size }) => sum + size, 0);
  // Without the names, as shipped.
  const shipped = join(folder, `${module}-shipped.wasm`);
  await wasmOpt(join(folder, `${module}.wasm`), shipped, ["--strip-debug", "--strip-producers"]);
  const bare = readFileSync(shipped);
  const groups = new Map([["(constants)", { size: data, count: 0 }]]);
  for (const { name, size } of list) {
    const group = groups.get(crateOf(name)) ?? { size: 0, count: 0 };
    groups.set(crateOf(name), { size: group.size + size, count: group.count + 1 });
  }
  const rows = [...groups].sort(([, one], [, other]) => other.size - one.size);
  const shown = options.all ? rows : rows.slice(0, 24);
  const rest = rows.slice(shown.length).reduce((sum, [, { size }]) => sum + size, 0);
  const line = (crate, size, count) =>
    `| ${crate.padEnd(28)} | ${kilobytes(size)} | ${(100 * size / bare.length).toFixed(1).padStart(5)} % | ${String(count).padStart(9)} |`;
  process.stdout.write([
    `${module}: ${kilobytes(bare.length).trim()} kB, ${kilobytes(gzipSync(bare, { level: 9 }).length).trim()} kB gzipped, `
    + `${kilobytes(brotliCompressSync(bare).length).trim()} kB with Brotli; ${list.length} functions, ${kilobytes(code).trim()} kB of code`,
    "",
    "| crate                        |       kB |   share | functions |",
    "|------------------------------|----------|---------|-----------|",
    ...shown.map(([crate, { size, count }]) => line(crate, size, count)),
    ...(rest > 0 ? [line(`${rows.length - shown.length} more`, rest, "")] : []),
    "",
    ...list.sort((one, other) => other.size - one.size).slice(0, Number(options.functions))
      .map(({ name, size }) => `${kilobytes(size)} kB  ${name.length > 150 ? `${name.slice(0, 150)}…` : name}`),
    "",
    "",
  ].join("\n"));
}

try {
  for (const module of modules) await describe(module);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
