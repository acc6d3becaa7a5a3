/** Stores a run in training: the run itself, its data, its checkpoints, its epochs. Failures are retried later. */
import type { EpochDetail, EpochRow } from "../../protocol/engine.js";
import type { RunRecord } from "../../protocol/messages.js";
import { bestRow } from "../../store/history.js";
import { FILES_GONE, type RunChanges, type Store, type StoredRun } from "../../store/store.js";
import { MOST } from "../../store/prune.js";
import type { Active } from "./active.js";
import type { StoreWriter } from "./store-writer.js";
import type { MessageQueue } from "./message-queue.js";
import type { FileStore } from "./file-store.js";

/** Milliseconds before storing data is retried: making its bytes takes time. */
const PAUSE = 30_000;
/**
 * The page gets a run with its whole history. So that a long one costs no more than a short one, it is sent at most every
 * so many milliseconds per epoch of the history; what the user waits for is sent immediately.
 */
const PAUSE_FOR_EACH_EPOCH = 0.5;
const LEAST_PAUSE = 50;

/** How much of a run is in the store. */
export interface Kept {
  /** Whether the run itself is stored, and how many epochs of its history. */
  run: boolean;
  rows: number;
  /** Whether its data is stored, without which a checkpoint is useless, and when to retry. */
  data: boolean;
  retry: number;
  /** Being stored. */
  adding: Promise<boolean> | null;
  /** It was stored and then deleted in another tab: nothing of it is written any more. */
  deleted: boolean;
  /** It cannot be resumed: a checkpoint still being stored is useless. */
  ended: boolean;
}

export interface Saving {
  /** Changes the record; updates store and page. */
  change(own: Active, changes: Partial<RunRecord>): Promise<void>;
  /** Stores a checkpoint, and before that whatever of the run is not stored yet. */
  checkpoint(own: Active, bytes: Uint8Array, at: Active["at"]): Promise<void>;
  /** Stores an epoch. */
  epoch(own: Active, row: EpochRow, weights: Uint8Array, detail: EpochDetail | undefined): Promise<void>;
  /** Stores the end of a run that cannot be resumed. */
  end(own: Active, changes: Partial<RunRecord>): Promise<void>;
  /** Sets the most bytes for the epochs of a run. */
  limit(most: number): void;
}

/** A run of which nothing is in the store, or everything in its record. */
export function keptOf(stored: RunRecord | null): Kept {
  const there = stored !== null;
  return { run: there, rows: stored?.history.length ?? 0, data: there, retry: 0, adding: null, deleted: false, ended: false };
}

/** Stores runs. */
export function createSaving(store: Promise<Store>, fileStore: FileStore, messages: MessageQueue, writer: StoreWriter): Saving {
  let most = MOST;
  let sentAt = -Infinity;

  let later: ReturnType<typeof setTimeout> | undefined;

  const sendRun = (own: Active, urgent: boolean): void => {
    clearTimeout(later);
    const pause = LEAST_PAUSE + own.record.history.length * PAUSE_FOR_EACH_EPOCH;
    const left = sentAt + pause - performance.now();
    if (!urgent && left > 0) {
      later = setTimeout(() => sendRun(own, true), left);
      return;
    }
    sentAt = performance.now();
    messages.emit({ type: "run", run: told(own.record) });
  };

  /** Calls the store, takes over its version of the record, and notices that the run was deleted. */
  const keep = async (own: Active, work: (store: Store) => Promise<StoredRun | null>): Promise<boolean> => {
    const { kept } = own;
    const answer = await writer.write(async () => work(await store));
    if (answer === null || kept.deleted) return false;
    if (answer.said === null) {
      kept.deleted = true;
      own.record = { ...own.record, resumable: false };
      messages.emit({ type: "deleted" });
      return false;
    }
    const { name, epochs, bytes } = answer.said;
    own.record = { ...own.record, name, epochs, ...(bytes ? { bytes } : {}) };
    return true;
  };

  /** Stores the run itself if it is not stored yet; returns whether it is now. */
  const add = async (own: Active): Promise<boolean> => {
    if (own.kept.run) return !own.kept.deleted;
    // Concurrent calls share one attempt.
    own.kept.adding ??= addNow(own).finally(() => (own.kept.adding = null));
    return own.kept.adding;
  };
  const addNow = async (own: Active): Promise<boolean> => {
    const { kept: state, record } = own;
    const answer = await writer.write(async () => (await store).addRun({ ...record, epochs: [] }));
    if (answer === null) return false;
    [state.run, state.rows] = [true, record.history.length];
    return true;
  };

  const data = async (own: Active): Promise<void> => {
    if (own.kept.data || performance.now() < own.kept.retry) return;
    own.kept.retry = performance.now() + PAUSE;
    const answer = await writer.write(async () => keepFiles(own.record.id, fileStore, await store));
    own.kept.data = answer !== null;
  };

  /** Notes that this many epochs of the history are stored. Several writes may run at once, in any order. */
  const kept = (own: Active, upTo: number): void => {
    own.kept.rows = Math.max(own.kept.rows, upTo);
  };
  /** Epochs that the store does not have yet. */
  const newRows = (own: Active): EpochRow[] => own.record.history.slice(own.kept.rows);

  return {
    async change(own, changes) {
      const urgent = changes.state !== undefined || changes.test !== undefined;
      own.record = { ...own.record, ...changes };
      if (await add(own)) await keep(own, (it) => it.updateRun(own.record.id, fieldsOf(own.record)));
      sendRun(own, urgent || changes.history === undefined);
    },
    async checkpoint(own, bytes, at) {
      if (!(await add(own))) return;
      await data(own);
      if (own.kept.ended) return;
      const [rows, upTo] = [newRows(own), own.record.history.length];
      const resumable = own.kept.data;
      const changes = { ...fieldsOf(own.record), at, resumable };
      if (!(await keep(own, (it) => it.saveCheckpoint(own.record.id, bytes, changes, rows)))) return sendRun(own, true);
      kept(own, upTo);
      if (own.kept.ended) return;
      own.record = { ...own.record, at, resumable };
      sendRun(own, false);
      // Without its data the checkpoint is useless, so it is not announced.
      if (!resumable) return;
      messages.emit({ type: "saved", at: Date.now() });
      writer.recovered();
    },
    async epoch(own, row, weights, detail) {
      const history = [...own.record.history.filter(({ epoch }) => epoch < row.epoch), row];
      own.record = { ...own.record, history };
      own.kept.rows = Math.min(own.kept.rows, history.length - 1);
      if (detail === undefined || !(await add(own))) return;
      const upTo = history.length;
      // Always includes its own row, which replaces a stored one.
      const rows = history.slice(Math.min(own.kept.rows, upTo - 1));
      const best = bestRow(history)?.epoch ?? null;
      const gave = { epoch: row.epoch, weights, detail, best, most };
      if (await keep(own, (it) => it.saveEpoch(own.record.id, gave, rows))) kept(own, upTo);
    },
    async end(own, changes) {
      own.kept.ended = true;
      own.record = { ...own.record, ...changes, resumable: false };
      const rows = newRows(own);
      if (await add(own)) {
        if (await keep(own, (it) => it.endRun(own.record.id, fieldsOf(own.record), rows))) writer.recovered();
      }
      sendRun(own, true);
    },
    limit(bytes) {
      most = bytes;
    },
  };
}

/** The fields sent to the store at every change. Whether the run is resumable is only stored with the checkpoint. */
function fieldsOf({ settings, preset, parameters, device, data, state, test, error }: RunRecord): RunChanges {
  return { settings, preset, parameters, device, data, state, test, error };
}

/** A run as the page gets it: without the weights of its teacher. */
export function told(run: RunRecord): RunRecord {
  return run.teacher ? { ...run, teacher: { ...run.teacher, weights: null } } : run;
}

/** Stores the files of a run; once more if some were deleted with another run at that very moment. */
async function keepFiles(id: string, fileStore: FileStore, store: Store): Promise<void> {
  try {
    await fileStore.keep(id, store);
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== FILES_GONE) throw thrown;
    await fileStore.keep(id, store);
  }
}
