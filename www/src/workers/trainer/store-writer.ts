/** Stores things without ever stopping the training: failures are reported once per cause, and withdrawn later. */
import { plain } from "../../client/errors.js";
import type { MessageQueue } from "./message-queue.js";

export interface StoreWriter {
  /** Tries to store something; returns the store's answer, or null on failure. */
  write<T>(work: () => Promise<T>): Promise<{ said: T } | null>;
  /** Everything is stored again: withdraws a reported failure. */
  recovered(): void;
  /** The next run shall report every cause again. */
  forgetCauses(): void;
}

/** A store writer that reports failures to the page. */
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

/** Whether the browser's storage is full; only the name arrives through a port. */
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
