/** Reads files that a person brought, with news of the progress, until done or told to stop. */
import { failure, problem } from "../../client/errors.js";
import type { DataState } from "../../protocol/messages.js";
import { isTrap } from "../serve.js";
import { turns } from "../turns.js";
import type { Engine } from "./engine.js";
import { piecesOf } from "./feed.js";
import type { Outbox } from "./outbox.js";
import type { Shelf } from "./shelf.js";

/** Milliseconds between news. */
const PAUSE = 100;

export interface FileReader {
  read(file: File): Promise<DataState>;
  /** Stops the file that is being read. */
  cancel(): void;
}

/** A reader that puts files on the shelf, one at a time. */
export function createReader(engine: Engine, shelf: Shelf, outbox: Outbox): FileReader {
  const inTurn = turns();
  let cancelled = false;

  const pushAll = async (file: File): Promise<void> => {
    let done = 0;
    let told = 0;
    for await (const piece of piecesOf(file)) {
      if (cancelled) throw failure(problem("file", `Reading ${file.name} was stopped`));
      const images = await engine.use((trainer) => trainer.push(piece));
      done += piece.length;
      if (performance.now() - told < PAUSE && done < file.size) continue;
      told = performance.now();
      outbox.say({ type: "reading", file: file.name, done, total: file.size, images });
    }
  };

  return {
    read: (file) =>
      inTurn(async () => {
        cancelled = false;
        await engine.use((trainer) => trainer.open_file(file.name));
        try {
          await pushAll(file);
        } catch (thrown) {
          if (!isTrap(thrown)) await engine.use((trainer) => trainer.abort_file());
          throw unreadable(thrown, file.name);
        }
        return engine.use((trainer) => shelf.added(trainer, trainer.close_file()));
      }),
    cancel() {
      cancelled = true;
    },
  };
}

/** A file that changed or went away while it was read. */
function unreadable(thrown: unknown, file: string): unknown {
  if (!(thrown instanceof DOMException)) return thrown;
  const help = "It may have been moved or changed: bring it again";
  const error = problem("file", "the file could not be read to its end", help);
  return failure({ ...error, place: { file, row: null, column: null } });
}
