/** The store where the browser keeps nothing: it lasts as long as the tab. */
import type { RunRecord } from "../protocol/messages.js";
import type { KeptData, KeptEpoch, KeptFile, Store } from "./store.js";

/** An empty store; `reason` says why nothing lasts. */
export function memoryStore(reason: string): Store {
  const runs = new Map<string, RunRecord>();
  const checkpoints = new Map<string, Uint8Array>();
  const epochs = new Map<string, Map<number, KeptEpoch>>();
  const data = new Map<string, KeptData>();
  const files = new Map<string, KeptFile>();
  let last: unknown = null;

  const deleteUnusedFiles = (): void => {
    const used = new Set([...data.values()].flatMap(({ files: own }) => own.map(({ key }) => key)));
    for (const key of files.keys()) if (!used.has(key)) files.delete(key);
  };

  return {
    durable: { ok: false, reason },
    runs: async () => [...runs.values()].sort((one, other) => other.created - one.created),
    run: async (id) => runs.get(id) ?? null,
    saveRun: async (run) => void runs.set(run.id, run),
    async deleteRun(id) {
      for (const table of [runs, checkpoints, epochs, data]) table.delete(id);
      deleteUnusedFiles();
    },
    saveCheckpoint: async (id, bytes) => void checkpoints.set(id, bytes),
    checkpoint: async (id) => checkpoints.get(id) ?? null,
    async saveEpoch(id, epoch, weights, detail) {
      const own = epochs.get(id) ?? new Map<number, KeptEpoch>();
      epochs.set(id, own.set(epoch, { weights, detail }));
    },
    epoch: async (id, epoch) => epochs.get(id)?.get(epoch) ?? null,
    saveData: async (id, own) => void data.set(id, own),
    data: async (id) => data.get(id) ?? null,
    saveFile: async (file) => void files.set(file.key, file),
    hasFile: async (key) => files.has(key),
    file: async (key) => files.get(key) ?? null,
    saveDrawing: async (drawing) => void (last = drawing),
    drawing: async () => last,
    async forgetEverything() {
      for (const table of [runs, checkpoints, epochs, data, files]) table.clear();
      last = null;
    },
    usage: async () => null,
  };
}
