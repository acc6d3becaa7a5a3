/** Opens the store: the browser's database, or memory where there is none. */
import { openDatabase } from "./database.js";
import { memoryStore } from "./memory.js";
import type { Store } from "./store.js";

/** Longer than any database takes to open; some private modes never answer. */
const PATIENCE = 2000;

/** Never fails: `durable` says what came of it. */
export async function openStore(): Promise<Store> {
  try {
    return await Promise.race([openDatabase(), late()]);
  } catch (thrown) {
    const why = thrown instanceof Error && thrown.message !== "" ? ` (${thrown.message})` : "";
    return memoryStore(`This browser lets the page keep nothing${why}: runs are gone when the tab closes.`);
  }
}

function late(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("its database does not answer")), PATIENCE);
  });
}
