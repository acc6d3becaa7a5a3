/** The store on IndexedDB: it outlives the tab. */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from "idb";
import type { RunRecord } from "../protocol/messages.js";
import type { KeptData, KeptEpoch, KeptFile, Store } from "./store.js";

interface Schema extends DBSchema {
  runs: { key: string; value: RunRecord };
  checkpoints: { key: string; value: Uint8Array };
  epochs: { key: [run: string, epoch: number]; value: KeptEpoch };
  /** What each run was given, by run, and the files themselves, by content. */
  data: { key: [kind: "run" | "file", key: string]; value: KeptData | KeptFile };
  drawings: { key: string; value: unknown };
}

const NAME = "patchwork";
const VERSION = 1;
const TABLES = ["runs", "checkpoints", "epochs", "data", "drawings"] as const;

type Writing = IDBPTransaction<Schema, (typeof TABLES)[number][], "readwrite">;

/** Opens the database; fails where the browser refuses one. */
export async function openDatabase(): Promise<Store> {
  const database = await openDB<Schema>(NAME, VERSION, {
    upgrade(fresh) {
      for (const table of TABLES) fresh.createObjectStore(table);
    },
    // Another tab wants to change or delete the database: do not stand in its way.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  return storeOn(database);
}

function storeOn(database: IDBPDatabase<Schema>): Store {
  return {
    durable: { ok: true },
    async runs() {
      const runs = await database.getAll("runs");
      return runs.sort((one, other) => other.created - one.created);
    },
    run: async (id) => (await database.get("runs", id)) ?? null,
    saveRun: async (run) => void (await database.put("runs", run, run.id)),
    async deleteRun(id) {
      const transaction: Writing = database.transaction([...TABLES], "readwrite");
      await transaction.objectStore("runs").delete(id);
      await transaction.objectStore("checkpoints").delete(id);
      await transaction.objectStore("epochs").delete(IDBKeyRange.bound([id, 0], [id, Infinity]));
      await transaction.objectStore("data").delete(["run", id]);
      await deleteUnusedFiles(transaction);
      await transaction.done;
    },
    saveCheckpoint: async (id, bytes) => void (await database.put("checkpoints", bytes, id)),
    checkpoint: async (id) => (await database.get("checkpoints", id)) ?? null,
    saveEpoch: async (id, epoch, weights, detail) =>
      void (await database.put("epochs", { weights, detail }, [id, epoch])),
    epoch: async (id, epoch) => (await database.get("epochs", [id, epoch])) ?? null,
    saveData: async (id, data) => void (await database.put("data", data, ["run", id])),
    data: async (id) => ((await database.get("data", ["run", id])) as KeptData | undefined) ?? null,
    saveFile: async (file) => void (await database.put("data", file, ["file", file.key])),
    hasFile: async (key) => (await database.getKey("data", ["file", key])) !== undefined,
    file: async (key) => ((await database.get("data", ["file", key])) as KeptFile | undefined) ?? null,
    saveDrawing: async (drawing) => void (await database.put("drawings", drawing, "last")),
    drawing: async () => (await database.get("drawings", "last")) ?? null,
    async forgetEverything() {
      const transaction = database.transaction([...TABLES], "readwrite");
      await Promise.all(TABLES.map((table) => transaction.objectStore(table).clear()));
      await transaction.done;
    },
    usage,
  };
}

async function deleteUnusedFiles(transaction: Writing): Promise<void> {
  const data = transaction.objectStore("data");
  const everyKey = (kind: string): IDBKeyRange => IDBKeyRange.bound([kind], [kind, []]);
  const runs = (await data.getAll(everyKey("run"))) as KeptData[];
  const used = new Set(runs.flatMap(({ files }) => files.map(({ key }) => key)));
  for (const key of await data.getAllKeys(everyKey("file"))) {
    if (!used.has(key[1])) await data.delete(key);
  }
}

/** What this page takes and may take, where the browser tells. */
export async function usage(): Promise<{ used: number; quota: number } | null> {
  const estimate = await navigator.storage?.estimate?.();
  if (estimate?.usage === undefined || estimate.quota === undefined) return null;
  return { used: estimate.usage, quota: estimate.quota };
}
