/** The page's store, used from a worker: without a database, both must share one memory. */
import { plain, failure } from "../client/errors.js";
import type { RpcAnswer } from "../protocol/messages.js";
import type { Store } from "./store.js";

type Method = Exclude<keyof Store, "durable">;

interface Request {
  id: number;
  method: Method;
  args: unknown[];
}

/** Serves the store to the other end of `port`. */
export function lendStore(store: Store, port: MessagePort): void {
  port.onmessage = async ({ data: { id, method, args } }: MessageEvent<Request>) => {
    const use = store[method] as (...args: unknown[]) => Promise<unknown>;
    try {
      port.postMessage({ id, ok: true, output: await use(...args) } satisfies RpcAnswer);
    } catch (thrown) {
      port.postMessage({ id, ok: false, error: plain(thrown, "file") } satisfies RpcAnswer);
    }
  };
}

/** The store at the other end of `port`. */
export function borrowStore(port: MessagePort, reason: string): Store {
  const open = new Map<number, (answer: RpcAnswer) => void>();
  let lastId = 0;
  port.onmessage = ({ data }: MessageEvent<RpcAnswer>) => {
    open.get(data.id)?.(data);
    open.delete(data.id);
  };
  const ask = (method: Method, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      open.set(id, (answer) => (answer.ok ? resolve(answer.output) : reject(failure(answer.error))));
      port.postMessage({ id, method, args } satisfies Request);
    });
  return new Proxy({ durable: { ok: false, reason } } as Store, {
    get: (own, name) => {
      if (name === "durable") return own.durable;
      // A store is not a promise, though `await` checks whether it is.
      return name === "then" ? undefined : (...args: unknown[]) => ask(name as Method, args);
    },
  });
}
