/** What is stored in the browser: runs with their checkpoints, epochs and data, and the last drawing. */
import type { EpochDetail, EpochRow, FileReport } from "../protocol/engine.js";
import type { DataState, RunRecord } from "../protocol/messages.js";

/** Weights after an epoch, with its validation results. */
export interface KeptEpoch {
  weights: Uint8Array;
  detail: EpochDetail;
}

/** An epoch of a run to be stored. */
export interface NewEpoch extends KeptEpoch {
  epoch: number;
  /** The best epoch so far, which is never pruned. */
  best: number | null;
  /** The most bytes for all epochs of the run. */
  most: number;
}

/** One data file: IDX images and IDX labels (each empty if it has none), and all else. */
export interface KeptFile {
  /** Identifies the content: a file used by two runs is stored once. */
  key: string;
  images: Blob;
  labels: Blob;
  /** Class names, ids and the user's choices for it; earlier versions of the page stored none. */
  extras?: Blob;
}

/** The files of a run, and how they were combined. */
export interface KeptData {
  files: { key: string; report: FileReport }[];
  split: DataState["split"];
}

/** A run as stored: its history is a separate table, which grows by one row per epoch. */
export type StoredRun = Omit<RunRecord, "history">;

/** What a trainer may change in a run. The name belongs to the user. */
export type RunChanges = Partial<Omit<StoredRun, "id" | "created" | "name" | "epochs" | "bytes">>;

/** Whether the store outlives the tab; if not, why. */
export type Durable = { ok: true } | { ok: false; reason: string };

/**
 * Every method is one transaction: it happens completely or not at all. Methods that change a run require it to exist:
 * if it was deleted meanwhile, nothing is written, and the answer is null.
 */
export interface Store {
  readonly durable: Durable;
  /** All runs with their histories, the newest first. */
  runs(): Promise<RunRecord[]>;
  run(id: string): Promise<RunRecord | null>;
  /** Stores a new run. */
  addRun(run: RunRecord): Promise<void>;
  updateRun(id: string, changes: RunChanges): Promise<StoredRun | null>;
  renameRun(id: string, name: string): Promise<StoredRun | null>;
  /** Stores a checkpoint, from which the run can be resumed. `rows` are epochs that the store does not have yet. */
  saveCheckpoint(id: string, bytes: Uint8Array, changes: RunChanges, rows: EpochRow[]): Promise<StoredRun | null>;
  /** Stores an epoch, replacing this and later ones, and prunes the epochs before it. */
  saveEpoch(id: string, epoch: NewEpoch, rows: EpochRow[]): Promise<StoredRun | null>;
  /** Prunes the epochs of a run to this total size. */
  thinRun(id: string, most: number): Promise<StoredRun | null>;
  /** Ends a run that cannot be resumed: deletes its checkpoint and releases its data. */
  endRun(id: string, changes: RunChanges, rows: EpochRow[]): Promise<StoredRun | null>;
  /** Deletes a run with its checkpoint, its epochs, and data that no other run uses. */
  deleteRun(id: string): Promise<void>;
  checkpoint(id: string): Promise<Uint8Array | null>;
  epoch(id: string, epoch: number): Promise<KeptEpoch | null>;
  /**
   * Stores which data a run has. The files must have been saved with `saveFile`; if one is gone again, because another
   * run that used it was deleted, this fails with {@link FILES_GONE}, and saving them again fixes it.
   */
  saveData(id: string, data: KeptData): Promise<StoredRun | null>;
  data(id: string): Promise<KeptData | null>;
  saveFile(file: KeptFile): Promise<void>;
  hasFile(key: string): Promise<boolean>;
  file(key: string): Promise<KeptFile | null>;
  /** Deletes files that no run uses: the page has started, and will not read them again. */
  tidy(): Promise<void>;
  saveDrawing(drawing: unknown): Promise<void>;
  drawing(): Promise<unknown>;
  forgetEverything(): Promise<void>;
  usage(): Promise<{ used: number; quota: number } | null>;
}

/** The name of the error for files that were deleted while a run was about to use them. */
export const FILES_GONE = "FilesGone";

/** The error itself. */
export function filesGone(): Error {
  return Object.assign(new Error("Files were deleted with another run"), { name: FILES_GONE });
}
