/** Opens the store: the browser's database, or memory if there is none, and until it is open. */
import { failure, problem } from "../client/errors.js";
import { t } from "../text/language.js";
import { openDatabase } from "./database.js";
import { memoryStore, nothingHeld, type Held } from "./memory.js";
import type { Durable, Store } from "./store.js";

/** If the database takes longer, the page starts without it, and moves its data over when it opens. */
const PATIENCE = 2000;

/** The page's store. */
export interface PageStore extends Store {
  /** Resolves when it is known whether the store outlives the tab; by then, everything stored meanwhile has been moved. */
  readonly opening: Promise<void>;
  /** Whether that is still unknown. */
  readonly waiting: boolean;
  /** Stops all reads and writes, for this reason. */
  seal(reason: string): void;
}

/** The store in use. */
interface Target {
  store: Store;
  /** Set while the content moves to another store: uses wait. */
  moving: Promise<void> | null;
  sealed: string | null;
}

/** Never fails, and answers soon: `durable` tells the result. */
export async function openStore(open = openDatabase, patience = PATIENCE): Promise<PageStore> {
  const held = nothingHeld();
  const waitingText = t("The browser's storage has not opened yet. Until it does, your work is kept only in this tab.");
  let durable: Durable = { ok: false, reason: waitingText };
  let waiting = true;
  const target: Target = { store: memoryStore(waitingText, held), moving: null, sealed: null };
  const opening = open(() => (durable = { ok: false, reason: blocked() }))
    .then(async (database) => {
      target.moving = moveOver(held, database);
      await target.moving;
      target.store = database;
      durable = database.durable;
      // On failure they are deleted with the next run.
      void database.tidy().catch(() => undefined);
    })
    .catch((thrown: unknown) => {
      durable = { ok: false, reason: nothingKept(thrown) };
    })
    .finally(() => {
      target.moving = null;
      waiting = false;
    });
  await Promise.race([opening, new Promise((resolve) => setTimeout(resolve, patience))]);
  return facade(target, {
    opening,
    seal: (reason) => void (target.sealed = reason),
    get waiting() {
      return waiting;
    },
    get durable() {
      return target.sealed === null ? durable : { ok: false as const, reason: target.sealed };
    },
  });
}

/** A store that forwards every call. */
function facade(target: Target, own: Pick<PageStore, "durable" | "opening" | "waiting" | "seal">): PageStore {
  return new Proxy(own as PageStore, {
    get(_, name) {
      if (name in own) return own[name as keyof typeof own];
      // A store is not a promise, though `await` checks whether it is.
      return name === "then" ? undefined : (...args: unknown[]) => use(target, name as keyof Store, args);
    },
  });
}

async function use(target: Target, method: keyof Store, args: unknown[]): Promise<unknown> {
  // If the move fails, things stay where they are.
  if (target.moving) await target.moving.catch(() => undefined);
  if (target.sealed !== null) throw failure(problem("file", target.sealed));
  return (target.store[method] as (...args: unknown[]) => Promise<unknown>)(...args);
}

/** Moves what the tab stored while the database was opening into it. */
async function moveOver(held: Held, database: Store): Promise<void> {
  for (const file of held.files.values()) await database.saveFile(file);
  for (const id of held.runs.keys()) await moveRun(held, id, database);
  if (held.drawing !== null) await database.saveDrawing(held.drawing);
}

async function moveRun(held: Held, id: string, database: Store): Promise<void> {
  const run = held.runs.get(id);
  if (run === undefined) return;
  const history = held.rows.get(id) ?? [];
  await database.addRun({ ...run, epochs: [], history });
  for (const [epoch, kept] of held.epochs.get(id) ?? []) {
    await database.saveEpoch(id, { ...kept, epoch, best: epoch, most: Infinity }, history.filter((row) => row.epoch >= epoch));
  }
  const data = held.data.get(id);
  if (data) await database.saveData(id, data);
  const checkpoint = held.checkpoints.get(id);
  const { resumable, at } = run;
  if (checkpoint) await database.saveCheckpoint(id, checkpoint, at ? { resumable, at } : { resumable }, []);
}

function blocked(): string {
  return t("Another tab with an older version of this page holds the storage. Close or reload that tab to keep your work.");
}

function nothingKept(thrown: unknown): string {
  const why = thrown instanceof Error ? thrown.message : "";
  return why === ""
    ? t("This browser lets the page keep nothing: runs are lost when the tab closes.")
    : t("This browser lets the page keep nothing ({why}): runs are lost when the tab closes.", { why });
}
