/** A connection to the browser's database that reconnects when the browser closes it. */
import { openDB, type IDBPDatabase, type OpenDBCallbacks } from "idb";
import { failure, problem } from "../client/errors.js";
import type { PatchworkError } from "../protocol/engine.js";
import { t } from "../text/language.js";

export interface Connection<Schema> {
  /** Does something with the database; if the browser had closed it, reopens it and tries once more. */
  use<T>(work: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T>;
}

export interface Opening<Schema> {
  name: string;
  version: number;
  upgrade: NonNullable<OpenDBCallbacks<Schema>["upgrade"]>;
  /** An older tab does not release the database: opening waits for it. */
  blocked: () => void;
}

/** Opens the database; fails if the browser refuses, or has a newer version. */
export async function connectTo<Schema>(opening: Opening<Schema>): Promise<Connection<Schema>> {
  let database: IDBPDatabase<Schema> | null = await open(opening, () => (database = null));
  let reopening: Promise<IDBPDatabase<Schema>> | null = null;

  const current = async (): Promise<IDBPDatabase<Schema>> => {
    if (database !== null) return database;
    reopening ??= open(opening, () => (database = null)).finally(() => (reopening = null));
    database = await reopening;
    return database;
  };

  return {
    async use(work) {
      const used = await current();
      try {
        return await work(used);
      } catch (thrown) {
        const closed = database !== used || (thrown instanceof DOMException && thrown.name === "InvalidStateError");
        if (!closed) throw thrown;
        if (database === used) database = null;
        // A transaction that did not complete has changed nothing.
        return work(await current());
      }
    },
  };
}

async function open<Schema>(opening: Opening<Schema>, gone: () => void): Promise<IDBPDatabase<Schema>> {
  const { name, version, upgrade, blocked } = opening;
  try {
    return await openDB<Schema>(name, version, {
      upgrade,
      blocked,
      // Another tab wants to change or delete the database: do not block it.
      blocking(_current, _blocked, event) {
        gone();
        (event.target as IDBDatabase).close();
      },
      terminated: gone,
    });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "VersionError") throw failure(outdated());
    throw thrown;
  }
}

function outdated(): PatchworkError {
  return problem("file", t("A newer version of this page now uses this browser's storage, and this tab still runs an older one"),
    t("Reload the page"));
}
