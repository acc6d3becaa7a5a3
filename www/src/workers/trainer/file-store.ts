/** The engine's files: reading, combining, storing beside a run, and restoring. */
import { failure, problem } from "../../client/errors.js";
import type { FileReport, DataReport, PatchworkError } from "../../protocol/engine.js";
import type { DataState, Entry, Source, TrainerCalls } from "../../protocol/messages.js";
import type { Trainer } from "../../protocol/wasm.js";
import type { KeptData, KeptFile, Store } from "../../store/store.js";
import type { Engine } from "./engine.js";
import { blobsOf, hex, nameOf, readBack } from "./parcel.js";

export { hex };

type Input<K extends keyof TrainerCalls> = TrainerCalls[K][0];

/** What the engine does not know of a file. */
interface Known {
  /** The sources of its images. */
  sources: Source[];
  /** Its original layout line, if it was restored from storage. */
  layout?: string;
}

export interface FileStore {
  /** Lets the engine make a file from a source; a file that does not fit the others is removed again. */
  add(trainer: Trainer, source: Source, make: (trainer: Trainer) => FileReport): DataState;
  /** Like `add`, for a part of an entry that existed before: the files are not combined yet. Returns its number. */
  addPart(trainer: Trainer, source: Source, make: (trainer: Trainer) => FileReport): number;
  /** Reads a stored file back as such a part. */
  addKept(trainer: Trainer, report: FileReport, file: KeptFile): Promise<number>;
  /** Rebuilds the entry from these parts; `exact`: refuses changed content. */
  addEntry(trainer: Trainer, parts: number[], entry: Entry, exact: boolean): DataState;
  /** Removes parts, if they exist. */
  dropParts(trainer: Trainer, parts: number[]): void;
  remove(trainer: Trainer, input: Input<"removeFile">): DataState;
  setPart(trainer: Trainer, input: Input<"setPart">): DataState;
  /** Pairs images with the labels of another file. */
  pair(trainer: Trainer, input: Input<"pair">): DataState;
  /** Corrects images of the material; that it was done is remembered with each file. */
  correct(trainer: Trainer, input: Input<"correct">): DataState;
  orient(trainer: Trainer, input: Input<"orient">): DataState;
  /** Checks the orientation of a file's images with a known-good model. */
  checkOrientation(trainer: Trainer, input: Input<"checkOrientation">): Promise<DataState>;
  setSplit(trainer: Trainer, input: Input<"setSplit">): DataState;
  /** All current files. */
  state(): DataState;
  /** Moves all files to another engine; on failure, they stay. */
  move(from: Trainer, to: Trainer): Promise<void>;
  /** Stores the files beside a run. */
  keep(run: string, store: Store): Promise<void>;
  /** Restores the files of a run, replacing the current ones. */
  restore(trainer: Trainer, run: string, store: Store): Promise<DataState>;
}

/** An empty file store. */
export function createFileStore(engine: Engine): FileStore {
  const holder = hex(crypto.getRandomValues(new Uint8Array(8)));
  let files: FileReport[] = [];
  let material: DataReport | null = null;
  let split: DataState["split"] = { validation: 0.1, test: 0.1, seed: 0 };
  // Per engine: each numbers its files separately.
  const knownOf = new WeakMap<Trainer, Map<number, Known>>();
  const known = (trainer: Trainer): Map<number, Known> => {
    const own = knownOf.get(trainer) ?? new Map<number, Known>();
    knownOf.set(trainer, own);
    return own;
  };
  let sources = new Map<number, Source[]>();

  const state = (): DataState => ({ holder, files, material, split, sources });

  /** Takes over the engine's report of its files. */
  const hear = (trainer: Trainer): DataState => {
    const own = known(trainer);
    files = trainer.files().map((file) => ({ ...file, layout: own.get(file.id)?.layout ?? file.layout }));
    sources = new Map(files.map(({ id }) => [id, own.get(id)?.sources ?? []]));
    return state();
  };
  /** Combines the files, then the same. */
  const refresh = (trainer: Trainer): DataState => {
    hear(trainer);
    material = null;
    if (files.some(({ part, images }) => part === "train" && images > 0)) {
      material = trainer.prepare(split.validation, split.test, split.seed);
    }
    return state();
  };

  /** Reverts a change that fails. */
  const attempt = (trainer: Trainer, change: () => void, undo: () => void): DataState => {
    try {
      change();
      return refresh(trainer);
    } catch (thrown) {
      undo();
      refresh(trainer);
      throw thrown;
    }
  };

  /** Lets the engine make a file, which may merge with another: labels belong to their images. */
  const make = (trainer: Trainer, work: (trainer: Trainer) => FileReport, source?: Source): Made => {
    const own = known(trainer);
    const before = idsOf(trainer);
    const { id } = work(trainer);
    const now = idsOf(trainer);
    const joined = [...before].filter((one) => one === id || !now.has(one));
    const earlier = joined.flatMap((one) => own.get(one)?.sources ?? []);
    own.set(id, { sources: source === undefined ? earlier : [...earlier, source] });
    return { id, joined: joined.length > 0 };
  };

  const takeAll = (trainer: Trainer): void => {
    for (const id of idsOf(trainer)) trainer.remove_file(id);
    known(trainer).clear();
  };

  const put = async (trainer: Trainer, report: FileReport, file: Omit<KeptFile, "key">, own: Source[]): Promise<number> => {
    const { id } = await readBack(trainer, report, file);
    // With extras, the engine knows the layout itself.
    known(trainer).set(id, { sources: own, ...(file.extras === undefined ? { layout: report.layout } : {}) });
    takeRole(trainer, id, report);
    return id;
  };

  /** The current number of a file, which may have been moved to another engine with its sources. */
  const idNow = (trainer: Trainer, own: Source[] | undefined): number | undefined =>
    [...known(trainer)].find(([, { sources: those }]) => those === own)?.[0];

  /** Moves files one by one, so that only one of them exists twice at a time. */
  const carry = async (from: Trainer, to: Trainer): Promise<void> => {
    for (const report of from.files()) {
      const { sources: own = [], layout } = known(from).get(report.id) ?? {};
      const id = await put(to, report, blobsOf(from.export_file(report.id)), own);
      if (layout !== undefined) known(to).set(id, { sources: own, layout });
      from.remove_file(report.id);
    }
  };

  return {
    state,
    add(trainer, source, work) {
      const { id, joined } = make(trainer, work, source);
      return attempt(trainer, () => undefined, () => {
        // The existing entry stays, whatever the role of the file.
        if (joined) trainer.set_role(id, "ignored");
        else trainer.remove_file(id);
      });
    },
    addPart: (trainer, source, work) => make(trainer, work, source).id,
    addKept: (trainer, report, file) => put(trainer, report, file, [{ type: "kept", key: file.key }]),
    addEntry(trainer, parts, { report, sources: own }, exact) {
      const takeUp = (): void => {
        const { id } = joined(trainer, parts);
        let file = report.images > 0 ? trainer.set_orientation(id, report.orientation) : report;
        for (const source of own) if (source.type === "corrections") file = trainer.correct_file(id, source.corrections);
        if (exact && !isSame(file, report)) throw failure(changed(report.name));
        known(trainer).set(id, { ...known(trainer).get(id), sources: own });
        takeRole(trainer, id, report);
      };
      return attempt(trainer, takeUp, () => this.dropParts(trainer, parts));
    },
    dropParts(trainer, parts) {
      const held = idsOf(trainer);
      for (const id of new Set(parts)) if (held.has(id)) trainer.remove_file(id);
    },
    remove(trainer, { id }) {
      trainer.remove_file(id);
      return refresh(trainer);
    },
    setPart(trainer, { id, part }) {
      const before = files.find((file) => file.id === id)?.part ?? "ignored";
      return attempt(trainer, () => trainer.set_role(id, part), () => trainer.set_role(id, before));
    },
    pair(trainer, { images, labels }) {
      const { id } = make(trainer, () => trainer.pair(images, labels));
      return attempt(trainer, () => undefined, () => trainer.set_role(id, "ignored"));
    },
    correct(trainer, { corrections }) {
      const own = known(trainer);
      for (const { file, corrections: done } of trainer.correct(corrections)) {
        const before = own.get(file);
        own.set(file, { ...before, sources: [...(before?.sources ?? []), { type: "corrections", corrections: done }] });
      }
      return refresh(trainer);
    },
    orient(trainer, { id, orientation }) {
      trainer.set_orientation(id, orientation);
      return refresh(trainer);
    },
    async checkOrientation(trainer, { id, weights }) {
      await trainer.check_orientation(id, weights);
      return hear(trainer);
    },
    setSplit(trainer, next) {
      const before = split;
      return attempt(trainer, () => void (split = next), () => void (split = before));
    },
    async move(from, to) {
      takeAll(to);
      try {
        await carry(from, to);
      } catch (thrown) {
        await carry(to, from);
        refresh(from);
        throw thrown;
      }
      refresh(to);
    },
    async keep(run, store) {
      const kept: KeptData = { files: [], split };
      // All of them, even those that the run does not use: resuming it restores the user's list.
      const held = files.map((report) => ({ report, own: sources.get(report.id) }));
      for (const { report, own } of held) {
        const bytes = await engine.use((trainer) => trainer.export_file(idNow(trainer, own) ?? report.id));
        const key = await nameOf(bytes);
        if (!(await store.hasFile(key))) await store.saveFile({ key, ...blobsOf(bytes) });
        kept.files.push({ key, report });
      }
      await store.saveData(run, kept);
    },
    async restore(trainer, run, store) {
      const data = await store.data(run);
      if (data === null) throw failure(gone);
      const kept = await Promise.all(data.files.map(async ({ key, report }) => ({ report, file: await store.file(key) })));
      // Keep the current files if something is missing.
      if (kept.some(({ file }) => file === null)) throw failure(gone);
      takeAll(trainer);
      for (const { report, file } of kept) if (file !== null) await this.addKept(trainer, report, file);
      ({ split } = data);
      return refresh(trainer);
    },
  };
}

/** What a person chose a file for; where nobody chose (earlier versions did not say who did), all files together tell. */
function takeRole(trainer: Trainer, id: number, report: FileReport): void {
  if ((report.part_chosen as boolean | undefined) !== false) trainer.set_role(id, report.part);
}

/** The number of a file that was made, and whether it is one with what was there before. */
interface Made { id: number; joined: boolean }

const gone = problem("file", "The data of this run is no longer kept", "Add its files again and start a new run");

function changed(file: string): PatchworkError {
  const help = "Add it again to use it as it is now, or remove it";
  return { ...problem("file", "the file has changed since it was first read", help), place: { file, row: null, column: null } };
}

function idsOf(trainer: Trainer): Set<number> {
  return new Set(trainer.files().map(({ id }) => id));
}

/** The file made of these parts; images and labels that the user had paired are paired again. */
function joined(trainer: Trainer, parts: number[]): FileReport {
  const read = trainer.files().filter(({ id }) => parts.includes(id));
  const images = read.find((file) => file.images > 0);
  const labels = read.find((file) => file.images === 0);
  if (images !== undefined && labels !== undefined) return trainer.pair(images.id, labels.id);
  const [only] = read;
  if (only === undefined) throw new Error("An entry has no parts");
  return only;
}

/** Whether the same images with the same labels were read, judging by their counts. */
function isSame(one: FileReport, other: FileReport): boolean {
  const of = ({ images, side, class_counts }: FileReport): string => JSON.stringify([images, side, class_counts]);
  return of(one) === of(other);
}
