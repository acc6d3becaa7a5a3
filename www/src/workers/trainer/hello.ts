/** The first message to the trainer's worker. */
import type { TrainerCalls } from "../../protocol/messages.js";
import { openDatabase } from "../../store/database.js";
import { borrowStore } from "../../store/remote.js";
import type { Store } from "../../store/store.js";

/** What the worker cannot find out by itself. */
export interface Hello {
  hello: {
    /** The page's own store, for a worker that cannot open one. */
    store: MessagePort;
    durable: Store["durable"];
    /** The port for requesting step workers. */
    workers: MessagePort;
    /** The device to open by default. */
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

/** The database, opened here; if page or worker have none, the page's memory. */
export async function storeOf({ store, durable }: Hello["hello"]): Promise<Store> {
  if (!durable.ok) return borrowStore(store, durable.reason);
  try {
    return await openDatabase();
  } catch {
    return borrowStore(store, "");
  }
}
