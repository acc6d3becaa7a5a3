/** Collects the information that a file is gone, which means that this tab is of an older version of the page. */
import { isOutdated } from "../client/files.js";

let met = false;
let tell: () => void = () => undefined;

/** Notes an error if it means that this tab is of an older version. */
export function noteOutdated(thrown: unknown): void {
  if (!isOutdated(thrown)) return;
  met = true;
  tell();
}

/** Calls `listener` when that happens, or immediately if it already has. */
export function onOutdated(listener: () => void): void {
  tell = listener;
  if (met) listener();
}

/** The client with the errors of its calls noted. */
export function watched<C extends { call(...args: never[]): Promise<unknown> }>(client: C): C {
  const call = async (...args: never[]): Promise<unknown> => {
    try {
      return await client.call(...args);
    } catch (thrown) {
      noteOutdated(thrown);
      throw thrown;
    }
  };
  return new Proxy(client, {
    get(target, name) {
      if (name === "call") return call;
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
}
