/** The tables of the database, and how those of an older page become them. */
import type { DBSchema, IDBPDatabase, IDBPTransaction } from "idb";
import type { EpochRow } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import type { KeptData, KeptEpoch, KeptFile, StoredRun } from "./store.js";

/** A file as it is stored: browsers that keep nothing for good refuse blobs, so their bytes are. */
export type StoredFile = { [K in keyof KeptFile]: KeptFile[K] extends Blob ? Blob | ArrayBuffer : KeptFile[K] };

/** What is to be known of a file without reading it. */
export interface FileInfo {
  bytes: number;
  /** When it was saved, while no run has taken it yet; null afterwards. */
  waiting: number | null;
}

export interface Schema extends DBSchema {
  runs: { key: string; value: StoredRun };
  /** What the epochs of runs gave. */
  rows: { key: [run: string, epoch: number]; value: EpochRow };
  checkpoints: { key: string; value: Uint8Array };
  epochs: { key: [run: string, epoch: number]; value: KeptEpoch };
  /** What each run was given, by run, and the files themselves, by content. */
  data: { key: [kind: "run" | "file", key: string]; value: KeptData | StoredFile };
  files: { key: string; value: FileInfo };
  drawings: { key: string; value: unknown };
}

export type Table = "runs" | "rows" | "checkpoints" | "epochs" | "data" | "files" | "drawings";
export const TABLES: Table[] = ["runs", "rows", "checkpoints", "epochs", "data", "files", "drawings"];
export const VERSION = 2;

type Upgrading = IDBPTransaction<Schema, Table[], "versionchange">;

/** Everything that belongs to a run in a table of epochs. */
export const allOf = (id: string): IDBKeyRange => IDBKeyRange.bound([id, 0], [id, Infinity]);
/** Every entry of a kind in the table of data. */
export const kindOf = (kind: "run" | "file"): IDBKeyRange => IDBKeyRange.bound([kind], [kind, []]);

/** Makes the tables of today out of those that are there. Where that fails, what was there stays as it was. */
export function upgrade(database: IDBPDatabase<Schema>, _old: number, _new: number | null, transaction: unknown): void {
  for (const table of TABLES) if (!database.objectStoreNames.contains(table)) database.createObjectStore(table);
  const upgrading = transaction as Upgrading;
  // A request that fails has ended the transaction by itself.
  toVersion2(upgrading).catch(() => abort(upgrading));
}

/** Ends a transaction without effect. */
export function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}

/** Histories become a table, sizes are written down, and runs that cannot go on lose what they would need for it. */
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

/** What a kept epoch takes. */
export function bytesOfEpoch({ weights, detail }: KeptEpoch): number {
  return weights.byteLength + JSON.stringify(detail).length;
}

/** What a kept file takes. */
export function bytesOfFile(file: StoredFile | KeptFile): number {
  const size = (value: unknown): number => {
    if (value instanceof Blob) return value.size;
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
    return 0;
  };
  return Object.values(file).reduce((sum: number, value) => sum + size(value), 0);
}
