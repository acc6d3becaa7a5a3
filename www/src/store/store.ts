/** What is kept in the browser: runs with their checkpoints, epochs and data, and the last drawing. */
import type { EpochDetail, EpochRow, FileReport } from "../protocol/engine.js";
import type { DataState, RunRecord } from "../protocol/messages.js";

/** Weights after an epoch, and what its validation saw. */
export interface KeptEpoch {
  weights: Uint8Array;
  detail: EpochDetail;
}

/** An epoch of a run, to be kept. */
export interface NewEpoch extends KeptEpoch {
  epoch: number;
  /** The best epoch so far, which is never thinned out. */
  best: number | null;
  /** Bytes that the epochs of the run may take together. */
  most: number;
}

/** One data file as it was read: IDX images and IDX labels (each empty if it has none), and all else. */
export interface KeptFile {
  /** Names the content: the same file of two runs is kept once. */
  key: string;
  images: Blob;
  labels: Blob;
  /** Class names, ids and what was chosen for it; earlier versions of the page kept none. */
  extras?: Blob;
}

/** Which files a run was given, and how they were put together. */
export interface KeptData {
  files: { key: string; report: FileReport }[];
  split: DataState["split"];
}

/** A run as it is stored: its history is a table of its own, which grows by a row for each epoch. */
export type StoredRun = Omit<RunRecord, "history">;

/** What a trainer may change of a run. Its name is a person's. */
export type RunChanges = Partial<Omit<StoredRun, "id" | "created" | "name" | "epochs" | "bytes">>;

/** Whether things outlive the tab; if not, why. */
export type Durable = { ok: true } | { ok: false; reason: string };

/**
 * Every method is one transaction: it happens as a whole or not at all. What changes a run changes one that is there:
 * a run that was deleted meanwhile stays deleted, nothing is written, and the answer is null.
 */
export interface Store {
  readonly durable: Durable;
  /** All runs with their histories, the newest first. */
  runs(): Promise<RunRecord[]>;
  run(id: string): Promise<RunRecord | null>;
  /** Keeps a run for the first time. */
  addRun(run: RunRecord): Promise<void>;
  updateRun(id: string, changes: RunChanges): Promise<StoredRun | null>;
  renameRun(id: string, name: string): Promise<StoredRun | null>;
  /** Keeps where a run stands, so that it can go on from there. `rows` are epochs that the store does not have yet. */
  saveCheckpoint(id: string, bytes: Uint8Array, changes: RunChanges, rows: EpochRow[]): Promise<StoredRun | null>;
  /** Keeps what an epoch gave, in place of what was kept of it and later ones, and thins the epochs before it. */
  saveEpoch(id: string, epoch: NewEpoch, rows: EpochRow[]): Promise<StoredRun | null>;
  /** Thins the epochs of a run, so that together they take no more bytes. */
  thinRun(id: string, most: number): Promise<StoredRun | null>;
  /** A run that cannot go on: its checkpoint goes, and its data is no longer its own. */
  endRun(id: string, changes: RunChanges, rows: EpochRow[]): Promise<StoredRun | null>;
  /** Deletes a run with its checkpoint, its epochs, and the data that no other run uses. */
  deleteRun(id: string): Promise<void>;
  checkpoint(id: string): Promise<Uint8Array | null>;
  epoch(id: string, epoch: number): Promise<KeptEpoch | null>;
  /**
   * Keeps which data a run has. Files are saved before, by `saveFile`; where one is gone again, as another run that used
   * it was deleted, this fails with {@link FILES_GONE}, and saving them again mends it.
   */
  saveData(id: string, data: KeptData): Promise<StoredRun | null>;
  data(id: string): Promise<KeptData | null>;
  saveFile(file: KeptFile): Promise<void>;
  hasFile(key: string): Promise<boolean>;
  file(key: string): Promise<KeptFile | null>;
  /** Deletes files that no run uses: the page has begun, and nobody is about to read them again. */
  tidy(): Promise<void>;
  saveDrawing(drawing: unknown): Promise<void>;
  drawing(): Promise<unknown>;
  forgetEverything(): Promise<void>;
  usage(): Promise<{ used: number; quota: number } | null>;
}

/** The name of the error of files that went while a run was about to use them. */
export const FILES_GONE = "FilesGone";

/** The error itself. */
export function filesGone(): Error {
  return Object.assign(new Error("Files were deleted with another run"), { name: FILES_GONE });
}
