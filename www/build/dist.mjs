/** The output folder: its files and their names. */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";

/** A short name for content: equal content, equal name. */
export function hashOf(...contents) {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content);
  return hash.digest("hex").slice(0, 12);
}

/** Collects the files of the output folder. Hashed files are in `assets/` and never change. */
export class Dist {
  #files = new Map();

  constructor(folder) {
    this.folder = folder;
  }

  /** Writes a file under its own name. */
  async add(name, content) {
    const bytes = Buffer.from(content);
    const path = join(this.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    this.#files.set(name, bytes);
    return name;
  }

  /** Writes a file under `assets/`, with the hash of its content in its name. */
  async addHashed(name, content) {
    const bytes = Buffer.from(content);
    const kind = extname(name);
    return this.add(`assets/${name.slice(0, -kind.length)}-${hashOf(bytes)}${kind}`, bytes);
  }

  /** Copies a file to `assets/`. */
  async addHashedFile(name, path) {
    return this.addHashed(name, await readFile(path));
  }

  /** Names and contents of all files so far. */
  files() {
    return [...this.#files].map(([name, bytes]) => ({ name, bytes }));
  }

  /** One hash for all files so far and the page itself. */
  version(html) {
    const parts = [...this.#files].map(([name, bytes]) => `${name} ${hashOf(bytes)}`);
    return hashOf(html, ...parts.sort());
  }
}
