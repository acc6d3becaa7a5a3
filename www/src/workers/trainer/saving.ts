/** Keeps a run in training: the run itself, its data, its checkpoints, its epochs. What fails is tried again later. */
import type { EpochDetail, EpochRow } from "../../protocol/engine.js";
import type { RunRecord } from "../../protocol/messages.js";
import { bestRow } from "../../store/history.js";
import { FILES_GONE, type RunChanges, type Store, type StoredRun } from "../../store/store.js";
import { MOST } from "../../store/prune.js";
import type { Active } from "./active.js";
import type { StoreWriter } from "./store-writer.js";
import type { MessageQueue } from "./message-queue.js";
import type { FileStore } from "./file-store.js";

/** Milliseconds before data that could not be kept is tried again: making its bytes takes time. */
const PAUSE = 30_000;
/**
 * The page is told of a run with its whole history. So that a long one costs no more than a short one, it is told at most
 * every so many milliseconds for each epoch of the history; what a person waits for is told at once.
 */
const PAUSE_FOR_EACH_EPOCH = 0.5;
const LEAST_PAUSE = 50;

/** How much of a run is in the store. */
export interface Kept {
  /** Whether the run itself is there, and how many epochs of its history. */
  run: boolean;
  rows: number;
  /** Whether its data is, without which a checkpoint is of no use, and when that may be tried again. */
  data: boolean;
  retry: number;
  /** On its way. */
  adding: Promise<boolean> | null;
  /** It was kept and then deleted, in another tab: nothing of it is written any more. */
  deleted: boolean;
  /** It cannot go on: a checkpoint that is still on its way is of no use. */
  ended: boolean;
}

export interface Saving {
  /** Changes the record; tells store and page. */
  change(own: Active, changes: Partial<RunRecord>): Promise<void>;
  /** Keeps where the run stands, and before that whatever of it is not kept yet. */
  checkpoint(own: Active, bytes: Uint8Array, at: Active["at"]): Promise<void>;
  /** Keeps what an epoch gave. */
  epoch(own: Active, row: EpochRow, weights: Uint8Array, detail: EpochDetail | undefined): Promise<void>;
  /** Keeps a run that cannot go on. */
  end(own: Active, changes: Partial<RunRecord>): Promise<void>;
  /** What the epochs of a run may take, in bytes. */
  limit(most: number): void;
}

/** A run of which nothing is in the store, or all that its record tells. */
export function keptOf(stored: RunRecord | null): Kept {
  const there = stored !== null;
  return { run: there, rows: stored?.history.length ?? 0, data: there, retry: 0, adding: null, deleted: false, ended: false };
}

/** Keeps runs in the store. */
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
    messages.emit({ type: "run", run: own.record });
  };

  /** Asks the store; takes over what it knows better, and notices that the run was deleted. */
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

  /** The run itself, where it is not there yet; whether it is now. */
  const add = async (own: Active): Promise<boolean> => {
    if (own.kept.run) return !own.kept.deleted;
    // Two that want it at once get it once.
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

  /** So many epochs of the history are in the store now. Several may be on their way at once, in any order. */
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
      // Without its data it is of no use, so nobody is told that it is there.
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
      // Its own row always: what is there of it is replaced.
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

/** What the store is told at every change. Where the run can go on from is told with the checkpoint only. */
function fieldsOf({ settings, preset, parameters, device, data, state, test, error }: RunRecord): RunChanges {
  return { settings, preset, parameters, device, data, state, test, error };
}

/** Keeps the files of a run; those that went with another run in that very moment once more. */
async function keepFiles(id: string, fileStore: FileStore, store: Store): Promise<void> {
  try {
    await fileStore.keep(id, store);
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== FILES_GONE) throw thrown;
    await fileStore.keep(id, store);
  }
}
