/** The files that the engine holds: read, put together, kept beside a run, read back. */
import { failure, problem } from "../../client/errors.js";
import type { FileReport, MaterialReport } from "../../protocol/engine.js";
import type { DataState, TrainerCalls } from "../../protocol/messages.js";
import type { Trainer } from "../../protocol/wasm.js";
import type { KeptData, KeptFile, Store } from "../../store/store.js";
import type { Engine } from "./engine.js";
import { feedIdx } from "./feed.js";

type Input<K extends keyof TrainerCalls> = TrainerCalls[K][0];

export interface Shelf {
  /** Takes the file that was read last, which came as `report`; without it where it does not go with the others. */
  added(trainer: Trainer, report: FileReport): DataState;
  remove(trainer: Trainer, input: Input<"removeFile">): DataState;
  setPart(trainer: Trainer, input: Input<"setPart">): DataState;
  setSplit(trainer: Trainer, input: Input<"setSplit">): DataState;
  /** All files as they are now. */
  state(): DataState;
  /** Carries all files over to another engine. */
  move(from: Trainer, to: Trainer): Promise<void>;
  /** Keeps the files beside a run. */
  keep(run: string, store: Store): Promise<void>;
  /** Reads the files of a run back, in place of those that are there. */
  restore(trainer: Trainer, run: string, store: Store): Promise<DataState>;
}

/** An empty shelf. */
export function createShelf(engine: Engine): Shelf {
  let files: FileReport[] = [];
  let material: MaterialReport | null = null;
  let split: DataState["split"] = { validation: 0.1, test: 0.1, seed: 0 };
  // How a file was understood when it first came, for one that was read back from what was kept of it.
  const origins = new Map<number, Pick<FileReport, "layout">>();

  const state = (): DataState => ({ files, material, split });

  const refresh = (trainer: Trainer): DataState => {
    files = trainer.files().map((file) => ({ ...file, ...origins.get(file.id) }));
    material = null;
    if (files.some(({ part, images }) => part === "train" && images > 0)) {
      material = trainer.prepare(split.validation, split.test, split.seed);
    }
    return state();
  };

  /** A change that does not work out is taken back. */
  const attempt = (trainer: Trainer, change: () => void, undo: () => void): DataState => {
    change();
    try {
      return refresh(trainer);
    } catch (thrown) {
      undo();
      refresh(trainer);
      throw thrown;
    }
  };

  const takeAll = (trainer: Trainer): void => {
    for (const { id } of trainer.files()) trainer.remove_file(id);
  };

  const put = async (trainer: Trainer, report: FileReport, file: Omit<KeptFile, "key">): Promise<void> => {
    const { id } = await feedIdx(trainer, report.name, file.images, file.labels);
    origins.set(id, { layout: report.layout });
    trainer.set_role(id, report.part);
  };

  return {
    state,
    added: (trainer, { id }) => attempt(trainer, () => undefined, () => trainer.remove_file(id)),
    remove(trainer, { id }) {
      trainer.remove_file(id);
      return refresh(trainer);
    },
    setPart(trainer, { id, part }) {
      const before = files.find((file) => file.id === id)?.part ?? "ignored";
      return attempt(trainer, () => trainer.set_role(id, part), () => trainer.set_role(id, before));
    },
    setSplit(trainer, next) {
      const before = split;
      return attempt(trainer, () => void (split = next), () => void (split = before));
    },
    async move(from, to) {
      takeAll(to);
      for (const report of files.filter(({ images }) => images > 0)) {
        const { images, labels } = blobsOf(from.export_file(report.id));
        from.remove_file(report.id);
        await put(to, report, { images, labels });
      }
      takeAll(from);
      refresh(to);
    },
    async keep(run, store) {
      const kept: KeptData = { files: [], split };
      for (const report of files.filter(({ images, part }) => images > 0 && part !== "ignored")) {
        const bytes = await engine.use((trainer) => trainer.export_file(report.id));
        const key = await nameOf(bytes);
        if (!(await store.hasFile(key))) await store.saveFile({ key, ...blobsOf(bytes) });
        kept.files.push({ key, report });
      }
      await store.saveData(run, kept);
    },
    async restore(trainer, run, store) {
      const data = await store.data(run);
      if (data === null) throw failure(gone);
      const keys = await Promise.all(data.files.map(({ key }) => store.hasFile(key)));
      if (keys.includes(false)) throw failure(gone);
      takeAll(trainer);
      for (const { key, report } of data.files) {
        const file = await store.file(key);
        if (file !== null) await put(trainer, report, file);
      }
      ({ split } = data);
      return refresh(trainer);
    },
  };
}

const gone = problem("file", "The data of this run is no longer kept", "Bring its files again and start a new run");

function blobsOf({ images, labels }: { images: Uint8Array; labels: Uint8Array }): { images: Blob; labels: Blob } {
  return { images: new Blob([images as BlobPart]), labels: new Blob([labels as BlobPart]) };
}

/** A name for content: the same for the same images and labels. */
async function nameOf({ images, labels }: { images: Uint8Array; labels: Uint8Array }): Promise<string> {
  // Only secure pages can digest; elsewhere a file may be kept twice.
  if (crypto.subtle === undefined) return hex(crypto.getRandomValues(new Uint8Array(16)));
  const digest = (bytes: Uint8Array): Promise<ArrayBuffer> => crypto.subtle.digest("SHA-256", bytes as BufferSource);
  const digests = await Promise.all([digest(images), digest(labels)]);
  return digests.map((bytes) => hex(new Uint8Array(bytes))).join("");
}

/** Bytes as text. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
