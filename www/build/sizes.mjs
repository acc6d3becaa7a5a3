/** The download size of the page, and its budget. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { hashOf } from "./dist.mjs";
import { www } from "./options.mjs";

/** Raw, gzipped and brotli sizes of files. In development only the raw ones: the rest takes a minute. */
export async function measure(files, options) {
  const sizes = [];
  for (const { name, bytes } of files) {
    sizes.push({ name, raw: bytes.length, ...(options.release ? await compressed(bytes, options) : {}) });
  }
  return sizes;
}

async function compressed(bytes, options) {
  const kept = join(options.cache, `sizes-${hashOf(bytes)}.json`);
  if (existsSync(kept)) return JSON.parse(await readFile(kept, "utf8"));
  const [zipped, brotli] = await Promise.all([
    promisify(gzip)(bytes, { level: 9 }),
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  ]);
  const sizes = { gzip: zipped.length, brotli: brotli.length };
  await mkdir(options.cache, { recursive: true });
  await writeFile(kept, JSON.stringify(sizes));
  return sizes;
}

/** For programs. */
export function sizesJson(sizes) {
  return `${JSON.stringify(sizes, null, 2)}\n`;
}

/** For people. */
export function sizeTable(sizes) {
  const lines = sizes.map(({ name, raw, gzip: zipped, brotli }) =>
    [name.padEnd(44), ...[raw, zipped, brotli].map((size) => `${(size / 1000).toFixed(1)} kB`.padStart(12))].join(""),
  );
  const titles = ["raw", "gzip", "brotli"].map((title) => title.padStart(12));
  return [["".padEnd(44), ...titles].join(""), ...lines].join("\n");
}

/** Fails if a group of files is larger than www/budget.json allows. */
export async function checkBudget(sizes) {
  const { groups } = JSON.parse(await readFile(join(www, "budget.json"), "utf8"));
  const excesses = [];
  // Without a group, a file would have no limit.
  const ofPage = sizes.filter(({ name }) => /\.(html|js|css|wasm|safetensors|gz)$/.test(name));
  for (const { name } of ofPage.filter((file) => !groups.some(({ files }) => new RegExp(files).test(file.name)))) {
    excesses.push(`${name}: it belongs to no group`);
  }
  for (const { name, files, measure: how, limit } of groups) {
    const pattern = new RegExp(files);
    const size = sizes.filter((file) => pattern.test(file.name)).reduce((sum, file) => sum + file[how], 0);
    if (size > limit) excesses.push(`${name}: ${size} bytes (${how}), the budget is ${limit}`);
  }
  if (excesses.length > 0) throw new Error(`the page is over its budget (www/budget.json)\n  ${excesses.join("\n  ")}`);
}
