/** Keeps things without ever stopping the training: what cannot be kept is said, once for each cause. */
import type { Outbox } from "./outbox.js";

export interface Keeper {
  /** Tries to keep something; whether it is kept now. */
  keep(work: () => Promise<void>): Promise<boolean>;
  /** The next run shall hear of everything again. */
  forgetCauses(): void;
}

/** A keeper that says what goes wrong to the page. */
export function createKeeper(outbox: Outbox): Keeper {
  const causes = new Set<string>();
  return {
    async keep(work) {
      try {
        await work();
        return true;
      } catch (thrown) {
        const cause = thrown instanceof Error ? thrown.name : "unknown";
        if (!causes.has(cause)) outbox.say({ type: "not-saved", ...explained(thrown) });
        causes.add(cause);
        return false;
      }
    },
    forgetCauses: () => causes.clear(),
  };
}

function explained(thrown: unknown): { problem: string; help: string } {
  if (thrown instanceof DOMException && thrown.name === "QuotaExceededError") {
    return {
      problem: "The browser's storage is full, so this run is not kept",
      help: "Training goes on. Delete old runs to make room, and download the model before you close the tab",
    };
  }
  const why = thrown instanceof Error && thrown.message !== "" ? ` (${thrown.message})` : "";
  return {
    problem: `The browser did not keep the run${why}`,
    help: "Training goes on. Download the model before you close the tab",
  };
}
