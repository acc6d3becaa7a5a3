/** The first message to the trainer's worker. */
import type { TrainerCalls } from "../../protocol/messages.js";
import { openDatabase } from "../../store/database.js";
import { borrowStore } from "../../store/remote.js";
import type { Store } from "../../store/store.js";

/** What the worker cannot find out by itself. */
export interface Hello {
  hello: {
    /** The page's own store, for a worker that gets none. */
    store: MessagePort;
    durable: Store["durable"];
    /** Where workers come from that share the steps. */
    workers: MessagePort;
    /** The device to open where nobody asks for one. */
    device: TrainerCalls["open"][0]["device"];
  };
}

/** Waits for the first message. */
export function greeting(): Promise<Hello["hello"]> {
  return new Promise((resolve) => {
    const hear = (event: Event): void => {
      const { hello } = (event as MessageEvent<Partial<Hello>>).data;
      if (hello === undefined) return;
      globalThis.removeEventListener("message", hear);
      resolve(hello);
    };
    globalThis.addEventListener("message", hear);
  });
}

/** The database, opened here; where the page or this worker has none, the page's memory. */
export async function storeOf({ store, durable }: Hello["hello"]): Promise<Store> {
  if (!durable.ok) return borrowStore(store, durable.reason);
  try {
    return await openDatabase();
  } catch {
    return borrowStore(store, "");
  }
}
