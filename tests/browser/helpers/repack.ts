/** Small model files of each family, made of the reference's weights in `tests/golden`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The weights of a fixture as a model file of ours. */
export function modelFile(family: string, golden: string): Buffer {
  const bytes = readFileSync(join(golden, `${family}.safetensors`));
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString("utf8", 8, start)) as { __metadata__: { case: string } };
  const { __metadata__: { case: description }, ...entries } = header;
  const { model } = JSON.parse(description) as { model: unknown };
  const parts: Buffer[] = [];
  const kept: Record<string, unknown> = { __metadata__: { patchwork: JSON.stringify({ model }) } };
  let at = 0;
  for (const [name, entry] of Object.entries(entries as Record<string, Entry>)) {
    if (!name.startsWith("weights/")) continue;
    const [from, to] = entry.data_offsets;
    parts.push(bytes.subarray(start + from, start + to));
    kept[name.slice("weights/".length)] = { ...entry, data_offsets: [at, at + to - from] };
    at += to - from;
  }
  const text = Buffer.from(JSON.stringify(kept));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}
