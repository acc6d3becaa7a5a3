/** The tables of the database, and their upgrade from older versions of the page. */
import type { DBSchema, IDBPDatabase, IDBPTransaction } from "idb";
import type { EpochRow } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import type { KeptData, KeptEpoch, KeptFile, StoredRun } from "./store.js";

/** A file as stored: browsers in private mode refuse blobs, so it contains their bytes. */
export type StoredFile = { [K in keyof KeptFile]: KeptFile[K] extends Blob ? Blob | ArrayBuffer : KeptFile[K] };

/** What is known of a file without reading it. */
export interface FileInfo {
  bytes: number;
  /** When it was saved, while no run uses it yet; null afterwards. */
  waiting: number | null;
}

export interface Schema extends DBSchema {
  runs: { key: string; value: StoredRun };
  /** The history rows of epochs. */
  rows: { key: [run: string, epoch: number]; value: EpochRow };
  checkpoints: { key: string; value: Uint8Array };
  epochs: { key: [run: string, epoch: number]; value: KeptEpoch };
  /** The data of each run, by run, and the files themselves, by content. */
  data: { key: [kind: "run" | "file", key: string]; value: KeptData | StoredFile };
  files: { key: string; value: FileInfo };
  drawings: { key: string; value: unknown };
}

export type Table = "runs" | "rows" | "checkpoints" | "epochs" | "data" | "files" | "drawings";
export const TABLES: Table[] = ["runs", "rows", "checkpoints", "epochs", "data", "files", "drawings"];
export const VERSION = 2;

type Upgrading = IDBPTransaction<Schema, Table[], "versionchange">;

/** The key range of a run in a table of epochs. */
export const allOf = (id: string): IDBKeyRange => IDBKeyRange.bound([id, 0], [id, Infinity]);
/** The key range of a kind in the data table. */
export const kindOf = (kind: "run" | "file"): IDBKeyRange => IDBKeyRange.bound([kind], [kind, []]);

/** Upgrades existing tables to the current version. On failure they stay unchanged. */
export function upgrade(database: IDBPDatabase<Schema>, _old: number, _new: number | null, transaction: unknown): void {
  for (const table of TABLES) if (!database.objectStoreNames.contains(table)) database.createObjectStore(table);
  const upgrading = transaction as Upgrading;
  // A failed request has already aborted the transaction.
  toVersion2(upgrading).catch(() => abort(upgrading));
}

/** Aborts a transaction. */
export function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // It has already ended.
  }
}

/** Moves histories to a table, records sizes, and removes the data of runs that cannot be resumed. */
async function toVersion2(transaction: Upgrading): Promise<void> {
  for (const run of (await transaction.objectStore("runs").getAll()) as RunRecord[]) {
    const ended = run.state === "finished";
    if (ended) {
      await transaction.objectStore("checkpoints").delete(run.id);
      await transaction.objectStore("data").delete(["run", run.id]);
    }
    const { history, ...stored } = run;
    for (const row of history) await transaction.objectStore("rows").put(row, [run.id, row.epoch]);
    const first = await transaction.objectStore("epochs").get(allOf(run.id));
    const checkpoint = await transaction.objectStore("checkpoints").get(run.id);
    const bytes = { epoch: first ? bytesOfEpoch(first) : 0, checkpoint: checkpoint?.byteLength ?? 0, data: 0 };
    await transaction.objectStore("runs").put({ ...stored, resumable: run.resumable && !ended, bytes }, run.id);
  }
  await sizesOfFiles(transaction);
}

async function sizesOfFiles(transaction: Upgrading): Promise<void> {
  const data = transaction.objectStore("data");
  const owners = await data.getAllKeys(kindOf("run"));
  const used = new Map<string, string[]>();
  for (const owner of owners) {
    for (const { key } of ((await data.get(owner)) as KeptData).files) used.set(key, [...(used.get(key) ?? []), owner[1]]);
  }
  for (const entry of await data.getAllKeys(kindOf("file"))) {
    const runs = used.get(entry[1]);
    if (runs === undefined) {
      await data.delete(entry);
      continue;
    }
    const bytes = bytesOfFile((await data.get(entry)) as StoredFile);
    await transaction.objectStore("files").put({ bytes, waiting: null }, entry[1]);
    for (const id of runs) await addData(transaction, id, bytes);
  }
}

async function addData(transaction: Upgrading, id: string, more: number): Promise<void> {
  const run = await transaction.objectStore("runs").get(id);
  if (!run?.bytes) return;
  await transaction.objectStore("runs").put({ ...run, bytes: { ...run.bytes, data: run.bytes.data + more } }, id);
}

/** The size of a stored epoch. */
export function bytesOfEpoch({ weights, detail }: KeptEpoch): number {
  return weights.byteLength + JSON.stringify(detail).length;
}

/** The size of a stored file. */
export function bytesOfFile(file: StoredFile | KeptFile): number {
  const size = (value: unknown): number => {
    if (value instanceof Blob) return value.size;
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
    return 0;
  };
  return Object.values(file).reduce((sum: number, value) => sum + size(value), 0);
}
