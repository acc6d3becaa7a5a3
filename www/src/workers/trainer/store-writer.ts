/** Keeps things without ever stopping the training: what cannot be kept is said, once for each cause, and taken back. */
import { plain } from "../../client/errors.js";
import type { MessageQueue } from "./message-queue.js";

export interface StoreWriter {
  /** Tries to keep something: what the store said of it, or null where it could not be kept. */
  write<T>(work: () => Promise<T>): Promise<{ said: T } | null>;
  /** A run is kept as a whole: where it was said that one was not, that is taken back. */
  recovered(): void;
  /** The next run shall hear of everything again. */
  forgetCauses(): void;
}

/** A keeper that says what goes wrong to the page. */
export function createStoreWriter(messages: Pick<MessageQueue, "emit">): StoreWriter {
  const causes = new Set<string>();
  return {
    async write(work) {
      try {
        return { said: await work() };
      } catch (thrown) {
        const cause = thrown instanceof Error ? thrown.name + (isFull(thrown) ? "" : thrown.message) : "unknown";
        if (!causes.has(cause)) messages.emit({ type: "not-saved", ...explained(thrown) });
        causes.add(cause);
        return null;
      }
    },
    recovered() {
      if (causes.size === 0) return;
      causes.clear();
      messages.emit({ type: "saved-again" });
    },
    forgetCauses: () => causes.clear(),
  };
}

/** Whether the browser has no room left; through a port only the name arrives. */
function isFull(thrown: unknown): boolean {
  return thrown instanceof Error && /QuotaExceeded/.test(`${thrown.name} ${thrown.message}`);
}

function explained(thrown: unknown): { problem: string; help: string } {
  if (isFull(thrown)) {
    return {
      problem: "The browser's storage is full, so this run is not kept",
      help: "Training continues, and saving is tried again. Delete old runs to free space, or download the model before you close the tab",
    };
  }
  const { problem, help } = plain(thrown);
  return {
    problem: problem === "" ? "The browser did not keep the run" : `The browser did not keep the run (${problem})`,
    help: help === "" ? "Training continues, and saving is tried again. Download the model before you close the tab" : help,
  };
}
