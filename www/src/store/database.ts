/** The store on IndexedDB, which outlives the tab. */
import type { IDBPDatabase, IDBPTransaction } from "idb";
import type { EpochRow } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import { connectTo } from "./connection.js";
import { bestRow } from "./history.js";
import {
  filesGone, type KeptData, type KeptFile, type RunChanges, type Store, type StoredRun,
} from "./store.js";
import { epochsWithin, pruned } from "./prune.js";
import {
  abort, allOf, bytesOfEpoch, bytesOfFile, kindOf, TABLES, upgrade, VERSION, type Schema, type StoredFile, type Table,
} from "./upgrade.js";

const NAME = "patchwork";

type Writing = IDBPTransaction<Schema, Table[], "readwrite">;

/** Does something in one transaction: all of it happens, or nothing. */
type Write = <T>(work: (transaction: Writing) => Promise<T>) => Promise<T>;
type Use = <T>(work: (database: IDBPDatabase<Schema>) => Promise<T>) => Promise<T>;

/** A file without a run may belong to a run that is about to start; after a day it is unused. */
const DAY = 24 * 60 * 60 * 1000;

/** Opens the database; fails if the browser refuses. `blocked` is called if another tab has to release it first. */
export async function openDatabase(blocked: () => void = () => undefined): Promise<Store> {
  const { use } = await connectTo<Schema>({ name: NAME, version: VERSION, upgrade, blocked });
  return storeOn(use);
}

function storeOn(use: Use): Store {
  const write: Write = (work) => use((database) => inOne(database, work));
  return {
    durable: { ok: true },
    ...reading(use),
    ...changing(write),
    addRun: ({ history, ...run }) =>
      write(async (transaction) => {
        await transaction.objectStore("runs").put(run, run.id);
        await addRows(transaction, run.id, history);
      }),
    deleteRun: (id) =>
      write(async (transaction) => {
        await transaction.objectStore("runs").delete(id);
        await transaction.objectStore("checkpoints").delete(id);
        await transaction.objectStore("rows").delete(allOf(id));
        await transaction.objectStore("epochs").delete(allOf(id));
        await transaction.objectStore("data").delete(["run", id]);
        await deleteUnusedFiles(transaction);
      }),
    async saveFile(file) {
      const stored = await storable(file);
      await write(async (transaction) => {
        await transaction.objectStore("data").put(stored, ["file", file.key]);
        await transaction.objectStore("files").put({ bytes: bytesOfFile(stored), waiting: Date.now() }, file.key);
      });
    },
    tidy: () => write((transaction) => deleteUnusedFiles(transaction)),
    saveDrawing: (drawing) => write(async (transaction) => void (await transaction.objectStore("drawings").put(drawing, "last"))),
    forgetEverything: () =>
      write(async (transaction) => {
        for (const table of TABLES) await transaction.objectStore(table).clear();
      }),
    usage,
  };
}

type Reads = "runs" | "run" | "checkpoint" | "epoch" | "data" | "hasFile" | "file" | "drawing";

function reading(use: Use): Pick<Store, Reads> {
  return {
    runs: () =>
      use(async (database) => {
        const transaction = database.transaction(["runs", "rows"]);
        const [runs, rows, keys] = await Promise.all([
          transaction.objectStore("runs").getAll(), transaction.objectStore("rows").getAll(),
          transaction.objectStore("rows").getAllKeys(),
        ]);
        const histories = new Map(runs.map(({ id }) => [id, [] as EpochRow[]]));
        rows.forEach((row, index) => histories.get(keys[index]?.[0] ?? "")?.push(row));
        const whole = runs.map((run): RunRecord => ({ ...run, history: histories.get(run.id) ?? [] }));
        return whole.sort((one, other) => other.created - one.created);
      }),
    run: (id) =>
      use(async (database) => {
        const transaction = database.transaction(["runs", "rows"]);
        const [run, history] = await Promise.all([
          transaction.objectStore("runs").get(id), transaction.objectStore("rows").getAll(allOf(id)),
        ]);
        return run ? { ...run, history } : null;
      }),
    checkpoint: (id) => use(async (database) => (await database.get("checkpoints", id)) ?? null),
    epoch: (id, epoch) => use(async (database) => (await database.get("epochs", [id, epoch])) ?? null),
    data: (id) => use(async (database) => ((await database.get("data", ["run", id])) as KeptData | undefined) ?? null),
    hasFile: (key) => use(async (database) => (await database.getKey("data", ["file", key])) !== undefined),
    file: (key) =>
      use(async (database) => {
        const stored = (await database.get("data", ["file", key])) as StoredFile | undefined;
        return stored ? usable(stored) : null;
      }),
    drawing: () => use(async (database) => (await database.get("drawings", "last")) ?? null),
  };
}

type Changes = "updateRun" | "renameRun" | "saveCheckpoint" | "saveEpoch" | "thinRun" | "endRun" | "saveData";

function changing(write: Write): Pick<Store, Changes> {
  return {
    updateRun: (id, changes) => write((transaction) => changed(transaction, id, changes)),
    renameRun: (id, name) => write((transaction) => changed(transaction, id, { name })),
    saveCheckpoint: (id, bytes, changes, rows) =>
      write(async (transaction) => {
        const run = await transaction.objectStore("runs").get(id);
        if (!run) return null;
        await transaction.objectStore("checkpoints").put(bytes, id);
        await addRows(transaction, id, rows);
        return changed(transaction, id, { ...changes, bytes: { ...sizesOf(run), checkpoint: bytes.byteLength } });
      }),
    saveEpoch: (id, { epoch, weights, detail, best, most }, rows) =>
      write(async (transaction) => {
        const run = await transaction.objectStore("runs").get(id);
        if (!run) return null;
        const later = IDBKeyRange.bound([id, epoch], [id, Infinity]);
        await transaction.objectStore("rows").delete(later);
        await transaction.objectStore("epochs").delete(later);
        await addRows(transaction, id, rows);
        await transaction.objectStore("epochs").put({ weights, detail }, [id, epoch]);
        const bytes = { ...sizesOf(run), epoch: Math.max(sizesOf(run).epoch, bytesOfEpoch({ weights, detail })) };
        const epochs = [...run.epochs.filter((one) => one < epoch), epoch];
        return prune(transaction, { ...run, epochs, bytes }, best, most);
      }),
    thinRun: (id, most) =>
      write(async (transaction) => {
        const run = await transaction.objectStore("runs").get(id);
        if (!run) return null;
        const best = bestRow(await transaction.objectStore("rows").getAll(allOf(id)))?.epoch ?? null;
        return prune(transaction, run, best, most);
      }),
    endRun: (id, changes, rows) =>
      write(async (transaction) => {
        const run = await transaction.objectStore("runs").get(id);
        if (!run) return null;
        await addRows(transaction, id, rows);
        await transaction.objectStore("checkpoints").delete(id);
        // The files stay until the next deletion or visit: the page may have to read them again.
        await transaction.objectStore("data").delete(["run", id]);
        return changed(transaction, id, { ...changes, resumable: false, bytes: { ...sizesOf(run), checkpoint: 0, data: 0 } });
      }),
    saveData: (id, data) => write((transaction) => saveData(transaction, id, data)),
  };
}

/** Changes an existing run; returns the result. */
async function changed(
  transaction: Writing, id: string, changes: RunChanges & Partial<Pick<StoredRun, "name" | "bytes" | "epochs">>,
): Promise<StoredRun | null> {
  const runs = transaction.objectStore("runs");
  const run = await runs.get(id);
  if (!run) return null;
  const next = { ...run, ...changes };
  await runs.put(next, id);
  return next;
}

/** Deletes the epochs of a run that are pruned, and those that it does not list. */
async function prune(transaction: Writing, run: StoredRun, best: number | null, most: number): Promise<StoredRun> {
  const epochs = pruned(run.epochs, best, epochsWithin(most, sizesOf(run).epoch));
  const stay = new Set(epochs);
  for (const key of await transaction.objectStore("epochs").getAllKeys(allOf(run.id))) {
    if (!stay.has(key[1])) await transaction.objectStore("epochs").delete(key);
  }
  const next = { ...run, epochs };
  await transaction.objectStore("runs").put(next, run.id);
  return next;
}

async function addRows(transaction: Writing, id: string, rows: EpochRow[]): Promise<void> {
  for (const row of rows) await transaction.objectStore("rows").put(row, [id, row.epoch]);
}

async function saveData(transaction: Writing, id: string, data: KeptData): Promise<StoredRun | null> {
  const run = await transaction.objectStore("runs").get(id);
  const keys = [...new Set(data.files.map(({ key }) => key))];
  if (!run) {
    // The files saved for it will not be used.
    await deleteUnusedFiles(transaction, keys);
    return null;
  }
  let sum = 0;
  for (const key of keys) {
    const info = await transaction.objectStore("files").get(key);
    const there = await transaction.objectStore("data").getKey(["file", key]);
    if (info === undefined || there === undefined) throw filesGone();
    sum += info.bytes;
    await transaction.objectStore("files").put({ ...info, waiting: null }, key);
  }
  await transaction.objectStore("data").put(data, ["run", id]);
  return changed(transaction, id, { bytes: { ...sizesOf(run), data: sum } });
}

/** Deletes files that no run uses: those that a run had used, those that have waited for a day, and `abandoned` ones. */
async function deleteUnusedFiles(transaction: Writing, abandoned: string[] = []): Promise<void> {
  const data = transaction.objectStore("data");
  const runs = (await data.getAll(kindOf("run"))) as KeptData[];
  const used = new Set(runs.flatMap(({ files }) => files.map(({ key }) => key)));
  for (const entry of await data.getAllKeys(kindOf("file"))) {
    const [, key] = entry;
    if (used.has(key)) continue;
    const since = (await transaction.objectStore("files").get(key))?.waiting ?? null;
    if (since !== null && Date.now() - since < DAY && !abandoned.includes(key)) continue;
    await data.delete(entry);
    await transaction.objectStore("files").delete(key);
  }
}

function sizesOf({ bytes }: StoredRun): NonNullable<StoredRun["bytes"]> {
  return bytes ?? { epoch: 0, checkpoint: 0, data: 0 };
}

/** Runs `work` in a transaction on all tables; on failure nothing has changed. */
async function inOne<T>(database: IDBPDatabase<Schema>, work: (transaction: Writing) => Promise<T>): Promise<T> {
  const transaction: Writing = database.transaction(TABLES, "readwrite");
  // Handled below; here it would count as unhandled if `work` fails first.
  const ended = transaction.done.then(() => null, (thrown: unknown) => ({ thrown }));
  try {
    const output = await work(transaction);
    const failed = await ended;
    if (failed) throw failed.thrown;
    return output;
  } catch (thrown) {
    abort(transaction);
    await ended;
    // A full disk aborts the transaction; the request that caused it may only report the abort.
    throw transaction.error ?? thrown;
  }
}

/** A file with its blobs replaced by bytes. */
async function storable(file: KeptFile): Promise<StoredFile> {
  const entries = Object.entries(file).map(async ([name, value]) => [name, value instanceof Blob ? await value.arrayBuffer() : value]);
  return Object.fromEntries(await Promise.all(entries)) as StoredFile;
}

/** A stored file with blobs again; older pages stored blobs. */
function usable(file: StoredFile): KeptFile {
  const entries = Object.entries(file).map(([name, value]) => [name, value instanceof ArrayBuffer ? new Blob([value]) : value]);
  return Object.fromEntries(entries) as KeptFile;
}

/** The page's storage usage and quota, if the browser reports them. */
export async function usage(): Promise<{ used: number; quota: number } | null> {
  const estimate = await navigator.storage?.estimate?.();
  if (estimate?.usage === undefined || estimate.quota === undefined) return null;
  return { used: estimate.usage, quota: estimate.quota };
}
