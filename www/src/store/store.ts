/** What is kept in the browser: runs with their checkpoints, epochs and data, and the last drawing. */
import type { EpochDetail, FileReport } from "../protocol/engine.js";
import type { DataState, RunRecord } from "../protocol/messages.js";

/** Weights after an epoch, and what its validation saw. */
export interface KeptEpoch {
  weights: Uint8Array;
  detail: EpochDetail;
}

/** One data file as it was read: IDX images and IDX labels (each empty where it has none), and all else. */
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

export interface Store {
  /** Whether things outlive the tab; if not, why. */
  readonly durable: { ok: true } | { ok: false; reason: string };
  runs(): Promise<RunRecord[]>;
  run(id: string): Promise<RunRecord | null>;
  saveRun(run: RunRecord): Promise<void>;
  /** Deletes a run with its checkpoint, its epochs, and the data that no other run uses. */
  deleteRun(id: string): Promise<void>;
  saveCheckpoint(id: string, bytes: Uint8Array): Promise<void>;
  checkpoint(id: string): Promise<Uint8Array | null>;
  saveEpoch(id: string, epoch: number, weights: Uint8Array, detail: EpochDetail): Promise<void>;
  epoch(id: string, epoch: number): Promise<KeptEpoch | null>;
  /** Keeps which data a run has. Files are saved before, by `saveFile`. */
  saveData(id: string, data: KeptData): Promise<void>;
  data(id: string): Promise<KeptData | null>;
  saveFile(file: KeptFile): Promise<void>;
  hasFile(key: string): Promise<boolean>;
  file(key: string): Promise<KeptFile | null>;
  saveDrawing(drawing: unknown): Promise<void>;
  drawing(): Promise<unknown>;
  forgetEverything(): Promise<void>;
  usage(): Promise<{ used: number; quota: number } | null>;
}
