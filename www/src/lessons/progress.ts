/**
 * The progress in the lessons, kept for the next visit. If the browser refuses to store it, it lasts until the page is
 * closed.
 */
const NAME = "patchwork.lessons";

/** What is stored. */
export interface Progress {
  /** The finished lessons. */
  done: string[];
  /** The current step of each lesson that was begun, counting from 0. */
  at: Record<string, number>;
  /** The lesson that was last open and is not finished. */
  latest: string | null;
}

/** Parses stored text; anything invalid is replaced by its initial value. */
export function parseProgress(text: string | null): Progress {
  const kept = looseObject(text);
  const at = Object.entries(looseObject(kept["at"])).filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]));
  return {
    done: Array.isArray(kept["done"]) ? kept["done"].filter((id) => typeof id === "string") : [],
    at: Object.fromEntries(at),
    latest: typeof kept["latest"] === "string" ? kept["latest"] : null,
  };
}

/** Reads the stored progress. */
export function keptProgress(): Progress {
  try {
    return parseProgress(localStorage.getItem(NAME));
  } catch {
    return parseProgress(null);
  }
}

/** Stores it. */
export function keepProgress(progress: Progress): void {
  try {
    localStorage.setItem(NAME, JSON.stringify(progress));
  } catch {
    // Refused or full: only the place in the lessons is lost.
  }
}

function looseObject(value: unknown): Record<string, unknown> {
  try {
    const object: unknown = typeof value === "string" ? JSON.parse(value) : value;
    return typeof object === "object" && object !== null ? (object as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
