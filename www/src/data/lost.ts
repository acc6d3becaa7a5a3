/**
 * Restores the files of an engine that stopped: the next engine re-reads them automatically. Files that cannot be read
 * wait for the user's decision, and training waits with them.
 */
import type { App } from "../app.js";
import { problem } from "../client/errors.js";
import type { PatchworkError } from "../protocol/engine.js";
import type { DataState, Entry, Source } from "../protocol/messages.js";
import { t } from "../text/language.js";
import type { Job, ReadQueue } from "./read-queue.js";

/** An entry that no engine holds at present. */
export interface LostEntry extends Entry {
  /** Why it could not be read again; null while it is waiting its turn. */
  error: PatchworkError | null;
}

/** Events of the recovery. */
export interface RecoveryEvents {
  /** The engine holds more of the files. */
  data(state: DataState): void;
  /** The entries changed. */
  changed(): void;
  /** Everything lost has been restored. */
  recovered(): void;
}

/** Restores lost files. */
export interface Recovery {
  /** The entries not yet restored. */
  readonly entries: readonly LostEntry[];
  /** Another engine holds the data now: re-reads what the previous one held. */
  begin(before: DataState): void;
  /** The engine stopped: entries being re-read are not retried automatically. */
  halt(): void;
  /** The user added files: those that belong to a lost entry replace it. Returns the others. */
  offer(files: File[]): File[];
  retry(entry: LostEntry): void;
  remove(entry: LostEntry): void;
  /** Other data replaces everything that was lost. */
  forget(): void;
}

const haltedError = (): PatchworkError =>
  problem("device", t("The engine stopped again while files were being read"), t("Read it again, or remove it"));
const leftError = (): PatchworkError => problem("file", t("It was not read again"), t("Read it again, or remove it"));

/** Creates the recovery, which reads through `reader`. */
export function createRecovery(app: App, reader: ReadQueue, events: RecoveryEvents): Recovery {
  let entries: LostEntry[] = [];
  let halted = false;
  const reading = (): boolean => entries.some(({ error }) => error === null);

  const drop = (entry: LostEntry): void => {
    entries = entries.filter((one) => one !== entry);
    events.changed();
  };
  const fail = (entry: LostEntry, error: PatchworkError): void => {
    if (!entries.includes(entry)) return;
    entry.error = error;
    events.changed();
  };
  const jobOf = (entry: LostEntry, exact: boolean): Job => ({
    name: entry.report.name,
    cancelable: entry.sources.some(({ type }) => type === "file"),
    async run() {
      const { report, sources } = entry;
      // Other data may have arrived in the meantime.
      if (!entries.includes(entry)) return app.trainer.call("data", {});
      return app.trainer.call("addAgain", { entry: { report, sources }, exact });
    },
    done(state) {
      drop(entry);
      events.data(state);
      if (entries.length === 0) events.recovered();
    },
    failed: (error) => fail(entry, error),
    stopped: () => fail(entry, halted ? haltedError() : leftError()),
  });

  return {
    get entries() {
      return entries;
    },
    begin({ files, sources, split }) {
      const lost = files.map((report): LostEntry =>
        ({ report, sources: sources.get(report.id) ?? [], error: halted ? haltedError() : null }));
      entries = [...lost, ...entries];
      events.changed();
      void app.trainer.call("setSplit", split).then(events.data, () => undefined);
      if (!halted) reader.add(lost.map((entry) => jobOf(entry, true)));
      halted = false;
    },
    halt() {
      halted = reading();
      if (halted) reader.clear();
    },
    offer(files) {
      const taken = new Set<LostEntry>();
      const placed = new Set<Source>();
      const others = files.filter((file) => {
        // Files in different folders may share a name: each takes one place.
        const fits = (source: Source): source is FileSource => isNamed(source, file.name) && !placed.has(source);
        const entry = entries.find(({ sources }) => sources.some(fits));
        const place = entry?.sources.find(fits);
        if (entry === undefined || place === undefined) return true;
        const now = { ...place, file };
        entry.sources = entry.sources.map((source) => (source === place ? now : source));
        entry.error = null;
        placed.add(now);
        taken.add(entry);
        return false;
      });
      reader.add([...taken].map((entry) => jobOf(entry, false)));
      if (taken.size > 0) events.changed();
      return others;
    },
    retry(entry) {
      entry.error = null;
      events.changed();
      reader.add([jobOf(entry, true)]);
    },
    remove: drop,
    forget() {
      entries = [];
      reader.clear();
      events.changed();
    },
  };
}

type FileSource = Extract<Source, { type: "file" }>;

function isNamed(source: Source, name: string): source is FileSource {
  return source.type === "file" && source.file.name === name;
}
