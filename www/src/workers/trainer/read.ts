/** Reads the user's files with progress events, until done or cancelled. */
import { failure, isPatchworkError, problem } from "../../client/errors.js";
import type { DataState, Entry, Source, TrainerCalls } from "../../protocol/messages.js";
import type { Store } from "../../store/store.js";
import { isTrap } from "../serve.js";
import { turns } from "../turns.js";
import type { Engine } from "./engine.js";
import { chunksOf } from "./chunks.js";
import type { MessageQueue } from "./message-queue.js";
import type { FileStore } from "./file-store.js";

/** Milliseconds between progress events. */
const PAUSE = 100;

export interface SourceReader {
  read(input: TrainerCalls["addFile"][0]): Promise<DataState>;
  /** Reads all sources of an entry that another worker held. */
  readAgain(input: TrainerCalls["addAgain"][0]): Promise<DataState>;
  /** Cancels the current read. */
  cancel(): void;
}

/** A reader that puts files into the file store, one at a time. */
export function createSourceReader(engine: Engine, fileStore: FileStore, store: Promise<Store>, messages: MessageQueue): SourceReader {
  const inTurn = turns();
  let cancelled = false;

  const stopHere = (file: string): void => {
    if (cancelled) throw failure(problem("file", `Reading ${file} was stopped`));
  };

  const pushAll = async (file: File): Promise<void> => {
    let done = 0;
    let reported = 0;
    for await (const piece of chunksOf(file)) {
      stopHere(file.name);
      const images = await engine.use((trainer) => trainer.push(piece));
      done += piece.length;
      if (performance.now() - reported < PAUSE && done < file.size) continue;
      reported = performance.now();
      messages.emit({ type: "reading", file: file.name, done, total: file.size, images });
    }
  };

  /** Reads a file to its end; the caller closes it. */
  const readFile = async ({ file, options }: Extract<Source, { type: "file" }>): Promise<void> => {
    await engine.use((trainer) => trainer.open_file(file.name, options));
    try {
      await pushAll(file);
    } catch (thrown) {
      if (!isTrap(thrown)) await engine.use((trainer) => trainer.abort_file());
      throw unreadable(thrown, file.name);
    }
  };

  const readPart = async (source: Exclude<Source, { type: "corrections" }>, { report }: Entry): Promise<number> => {
    stopHere(report.name);
    if (source.type === "builtin") {
      return engine.use((trainer) =>
        fileStore.addPart(trainer, source, () => trainer.add_builtin(source.count, source.seed)));
    }
    if (source.type === "file") {
      await readFile(source);
      return engine.use((trainer) => fileStore.addPart(trainer, source, () => trainer.close_file()));
    }
    const kept = await (await store).file(source.key);
    if (kept === null) throw missing(report.name, "the kept copy of it is gone");
    return engine.use((trainer) => fileStore.addKept(trainer, report, kept));
  };

  return {
    read: ({ file, options }) =>
      inTurn(async () => {
        cancelled = false;
        const source: Source = { type: "file", file, options };
        await readFile(source);
        return engine.use((trainer) => fileStore.add(trainer, source, () => trainer.close_file()));
      }),
    readAgain: ({ entry, exact }) =>
      inTurn(async () => {
        cancelled = false;
        const parts: number[] = [];
        try {
          for (const source of entry.sources) {
            // Corrections come last, when the parts are one.
            if (source.type !== "corrections") parts.push(await readPart(source, entry));
          }
        } catch (thrown) {
          if (!isTrap(thrown)) await engine.use((trainer) => fileStore.dropParts(trainer, parts));
          throw thrown;
        }
        return engine.use((trainer) => fileStore.addEntry(trainer, parts, entry, exact));
      }),
    cancel() {
      cancelled = true;
    },
  };
}

/** The error for a file that changed or disappeared while it was read. */
function unreadable(thrown: unknown, file: string): unknown {
  // The engine's errors are clear by themselves; any other comes from the browser.
  if (isPatchworkError(thrown) || isTrap(thrown)) return thrown;
  return missing(file, "the file could not be read to the end");
}

function missing(file: string, why: string): Error {
  const error = problem("file", why, "It may have been moved, changed or deleted: add it again");
  return failure({ ...error, place: { file, row: null, column: null } });
}
