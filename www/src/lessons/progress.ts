/** What is kept of the lessons for the next visit. Where the browser refuses, it lasts as long as the page. */
import { isLanguage, type Language } from "../text/catalogue.js";

const NAME = "patchwork.lessons";

/** What is kept. */
export interface Progress {
  /** The language that a person chose; null for the browser's. */
  language: Language | null;
  /** Lessons that were finished. */
  done: string[];
  /** The step that each begun lesson is at, counted from 0. */
  at: Record<string, number>;
  /** The lesson that was open last, and is not finished. */
  latest: string | null;
}

/** Reads kept text; whatever is not as it should be is as on the first visit. */
export function parseProgress(text: string | null): Progress {
  const kept = looseObject(text);
  const at = Object.entries(looseObject(kept["at"])).filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]));
  return {
    language: isLanguage(kept["language"]) ? kept["language"] : null,
    done: Array.isArray(kept["done"]) ? kept["done"].filter((id) => typeof id === "string") : [],
    at: Object.fromEntries(at),
    latest: typeof kept["latest"] === "string" ? kept["latest"] : null,
  };
}

/** What was kept. */
export function keptProgress(): Progress {
  try {
    return parseProgress(localStorage.getItem(NAME));
  } catch {
    return parseProgress(null);
  }
}

/** Keeps it. */
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
