/** The content of the page's database as a file, to be restored in another browser or with a later page. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";

/** Bytes are `{ bytes, buffer }`, in base64; `buffer` marks an ArrayBuffer. */
export type Packed = { bytes: string; buffer: boolean };

export type Key = string | (string | number)[];

export interface Dump {
  version: number;
  /** The entries of each table, with their keys. */
  tables: Record<string, { key: Key; value: unknown }[]>;
}

/** A stored run, and its results after the page that stored it resumed it. */
export interface KeptRun {
  dump: Dump;
  /** Training loss and accuracy, validation loss and accuracy of each epoch. */
  rows: number[][];
  /** A hash of the weights after the last epoch. */
  weights: string;
  /** Loss and accuracy of the test. */
  test: [number, number];
}

const FILE = join(import.meta.dirname, "..", "fixtures", "kept-run.json.gz");

export function readKeptRun(): KeptRun {
  return JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as KeptRun;
}

export function writeKeptRun(kept: KeptRun): void {
  writeFileSync(FILE, gzipSync(JSON.stringify(kept), { level: 9 }));
}

/** The whole content of the database. */
export function dump(page: Page): Promise<Dump> {
  return page.evaluate(async () => {
    const asked = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const base64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    const packed = (value: unknown): unknown => {
      if (value instanceof Uint8Array) return { bytes: base64(value), buffer: false };
      if (value instanceof ArrayBuffer) return { bytes: base64(new Uint8Array(value)), buffer: true };
      if (ArrayBuffer.isView(value) || value instanceof Blob) throw new Error("another kind of bytes");
      if (Array.isArray(value)) return value.map(packed);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, packed(inner)]));
    };
    const database = await asked(indexedDB.open("patchwork"));
    const tables: Dump["tables"] = {};
    for (const name of database.objectStoreNames) {
      const rows = database.transaction(name).objectStore(name);
      const [keys, values] = await Promise.all([asked(rows.getAllKeys()), asked(rows.getAll())]);
      tables[name] = values.map((value: unknown, i) => ({ key: keys[i] as Key, value: packed(value) }));
    }
    const { version } = database;
    database.close();
    return { version, tables };
  });
}

/** Restores it into an empty database, from a page of this host that stores nothing itself. */
export function restore(page: Page, kept: Dump): Promise<void> {
  return page.evaluate(async ({ version, tables }) => {
    const asked = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const isPacked = (value: object): value is Packed => "bytes" in value && "buffer" in value;
    const unpacked = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(unpacked);
      if (value === null || typeof value !== "object") return value;
      if (isPacked(value)) {
        const bytes = Uint8Array.from(atob(value.bytes), (letter) => letter.charCodeAt(0));
        return value.buffer ? bytes.buffer : bytes;
      }
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unpacked(inner)]));
    };
    const opening = indexedDB.open("patchwork", version);
    opening.onupgradeneeded = () => Object.keys(tables).forEach((name) => opening.result.createObjectStore(name));
    const database = await asked(opening);
    for (const [name, entries] of Object.entries(tables)) {
      const into = database.transaction(name, "readwrite").objectStore(name);
      await Promise.all(entries.map(({ key, value }) => asked(into.put(unpacked(value), key))));
    }
    database.close();
  }, kept);
}
