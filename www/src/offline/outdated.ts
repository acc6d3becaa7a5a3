/** Whoever meets a file that is gone says so here: this tab is of an older version of the page. */
import { isOutdated } from "../client/files.js";

let met = false;
let tell: () => void = () => undefined;

/** Notes that something failed because this tab is of an older version, where that is the cause. */
export function noteOutdated(thrown: unknown): void {
  if (!isOutdated(thrown)) return;
  met = true;
  tell();
}

/** Calls when that happens, at once where it has happened. */
export function onOutdated(listener: () => void): void {
  tell = listener;
  if (met) listener();
}

/** The client with its calls watched. */
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
