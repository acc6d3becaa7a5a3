/** The store for browsers that store nothing: it lasts as long as the tab, and keeps no more than the database would. */
import type { EpochRow } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import { bestRow } from "./history.js";
import { filesGone, type KeptData, type KeptEpoch, type KeptFile, type Store, type StoredRun } from "./store.js";
import { epochsWithin, pruned } from "./prune.js";
import { bytesOfEpoch, bytesOfFile } from "./upgrade.js";

/** The content of a memory store. */
export interface Held {
  runs: Map<string, StoredRun>;
  rows: Map<string, EpochRow[]>;
  checkpoints: Map<string, Uint8Array>;
  epochs: Map<string, Map<number, KeptEpoch>>;
  data: Map<string, KeptData>;
  files: Map<string, KeptFile>;
  drawing: unknown;
}

/** Empty content. */
export function nothingHeld(): Held {
  return {
    runs: new Map(), rows: new Map(), checkpoints: new Map(), epochs: new Map(), data: new Map(), files: new Map(),
    drawing: null,
  };
}

/** A store on `held`; `reason` says why it is not durable. */
export function memoryStore(reason: string, held: Held = nothingHeld()): Store {
  const { runs, rows, checkpoints, epochs, data, files } = held;
  const whole = (run: StoredRun): RunRecord => ({ ...run, history: rows.get(run.id) ?? [] });
  const changed = (id: string, changes: Partial<StoredRun>): StoredRun | null => {
    const run = runs.get(id);
    if (run === undefined) return null;
    const next = { ...run, ...changes };
    runs.set(id, next);
    return next;
  };
  const sizesOf = (id: string): NonNullable<StoredRun["bytes"]> => runs.get(id)?.bytes ?? { epoch: 0, checkpoint: 0, data: 0 };
  const addRows = (id: string, more: EpochRow[]): void => {
    const [first] = more;
    if (first) rows.set(id, [...(rows.get(id) ?? []).filter(({ epoch }) => epoch < first.epoch), ...more]);
  };
  const deleteUnusedFiles = (): void => {
    const used = new Set([...data.values()].flatMap(({ files: own }) => own.map(({ key }) => key)));
    for (const key of files.keys()) if (!used.has(key)) files.delete(key);
  };
  const prune = (run: StoredRun, best: number | null, most: number): StoredRun | null => {
    const stay = pruned(run.epochs, best, epochsWithin(most, sizesOf(run.id).epoch));
    const own = epochs.get(run.id);
    for (const epoch of own?.keys() ?? []) if (!stay.includes(epoch)) own?.delete(epoch);
    return changed(run.id, { epochs: stay });
  };

  return {
    durable: { ok: false, reason },
    runs: async () => [...runs.values()].map(whole).sort((one, other) => other.created - one.created),
    async run(id) {
      const run = runs.get(id);
      return run ? whole(run) : null;
    },
    async addRun({ history, ...run }) {
      runs.set(run.id, run);
      rows.set(run.id, history);
    },
    updateRun: async (id, changes) => changed(id, changes),
    renameRun: async (id, name) => changed(id, { name }),
    async saveCheckpoint(id, bytes, changes, more) {
      if (!runs.has(id)) return null;
      checkpoints.set(id, bytes);
      addRows(id, more);
      return changed(id, { ...changes, bytes: { ...sizesOf(id), checkpoint: bytes.byteLength } });
    },
    async saveEpoch(id, { epoch, weights, detail, best, most }, more) {
      const run = runs.get(id);
      if (run === undefined) return null;
      rows.set(id, (rows.get(id) ?? []).filter((row) => row.epoch < epoch));
      addRows(id, more);
      const own = epochs.get(id) ?? new Map<number, KeptEpoch>();
      for (const later of [...own.keys()].filter((one) => one >= epoch)) own.delete(later);
      epochs.set(id, own.set(epoch, { weights, detail }));
      const size = Math.max(sizesOf(id).epoch, bytesOfEpoch({ weights, detail }));
      const kept = [...run.epochs.filter((one) => one < epoch), epoch];
      const next = changed(id, { epochs: kept, bytes: { ...sizesOf(id), epoch: size } });
      return next && prune(next, best, most);
    },
    async thinRun(id, most) {
      const run = runs.get(id);
      return run ? prune(run, bestRow(rows.get(id) ?? [])?.epoch ?? null, most) : null;
    },
    async endRun(id, changes, more) {
      if (!runs.has(id)) return null;
      addRows(id, more);
      checkpoints.delete(id);
      data.delete(id);
      return changed(id, { ...changes, resumable: false, bytes: { ...sizesOf(id), checkpoint: 0, data: 0 } });
    },
    async deleteRun(id) {
      for (const table of [runs, rows, checkpoints, epochs, data]) table.delete(id);
      deleteUnusedFiles();
    },
    checkpoint: async (id) => checkpoints.get(id) ?? null,
    epoch: async (id, epoch) => epochs.get(id)?.get(epoch) ?? null,
    async saveData(id, own) {
      if (!runs.has(id)) {
        deleteUnusedFiles();
        return null;
      }
      const given = [...new Set(own.files.map(({ key }) => key))].map((key) => files.get(key));
      if (given.includes(undefined)) throw filesGone();
      data.set(id, own);
      const bytes = given.reduce((sum, file) => sum + (file ? bytesOfFile(file) : 0), 0);
      return changed(id, { bytes: { ...sizesOf(id), data: bytes } });
    },
    data: async (id) => data.get(id) ?? null,
    saveFile: async (file) => void files.set(file.key, file),
    hasFile: async (key) => files.has(key),
    file: async (key) => files.get(key) ?? null,
    tidy: async () => deleteUnusedFiles(),
    saveDrawing: async (drawing) => void (held.drawing = drawing),
    drawing: async () => held.drawing,
    async forgetEverything() {
      for (const table of [runs, rows, checkpoints, epochs, data, files]) table.clear();
      held.drawing = null;
    },
    usage: async () => null,
  };
}
