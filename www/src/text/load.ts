/** Which language the page speaks: chosen by its user and kept for the next visit; English until then. */
import { GERMAN_URL, REPORTS_URL } from "../assets.js";
import { fetchScript } from "../client/script.js";
import { translatePage } from "./document.js";
import { isLanguage, setLanguage, setReports, type Language } from "./language.js";
import type { Translator } from "./patterns.js";

/** Where the choice and the texts of `start.ts` are kept, which reads both. */
const [NAME, START] = ["patchwork.language", "patchwork.start"];
/** The lessons had a choice of their own before; it counts until there is one for the page. */
const OLD_NAME = "patchwork.lessons";

/** The exports of a language's script. */
interface Script {
  texts: Readonly<Record<string, string>>;
  start: Readonly<Record<string, string>>;
}

/** The exports of the script for what the engine and the workers report. */
interface Reports {
  ofEngine: Translator;
}

/** The language that was chosen. */
export function keptLanguage(): Language {
  try {
    const kept = localStorage.getItem(NAME);
    if (isLanguage(kept)) return kept;
    const old = languageIn(localStorage.getItem(OLD_NAME));
    if (!isLanguage(old)) return "en";
    // The lessons forget it with the next step that they keep.
    keepLanguage(old);
    return old;
  } catch {
    return "en";
  }
}

/** Keeps the choice for the next start of the page; returns whether the browser lets it. */
export function keepLanguage(chosen: Language): boolean {
  try {
    localStorage.setItem(NAME, chosen);
    return true;
  } catch {
    return false;
  }
}

/**
 * Fetches the texts of the chosen language and puts them into the static page. Answers with an error if they did not
 * come: then the page is in English.
 */
export async function useKeptLanguage(): Promise<Error | null> {
  const root = document.documentElement;
  try {
    if (keptLanguage() === "de") {
      const { texts, start } = await fetchScript<Script>(GERMAN_URL, "The German texts of the page");
      setLanguage("de", texts);
      keepStart(start);
      void useReports();
      root.lang = "de";
      translatePage(document.body, texts);
    }
    return null;
  } catch (error) {
    root.lang = "en-GB";
    return error as Error;
  } finally {
    root.removeAttribute("data-translating");
  }
}

/** Fetches the translations of what the engine and the workers report. Without them, that is in English. */
async function useReports(): Promise<void> {
  const reports = await fetchScript<Reports>(REPORTS_URL, "The German texts of the engine").catch(() => null);
  if (reports) setReports(reports.ofEngine);
}

/** Keeps what `start.ts` says, for a start that does not get as far as here. */
function keepStart(texts: Script["start"]): void {
  try {
    localStorage.setItem(START, JSON.stringify(texts));
  } catch {
    // Then it speaks English.
  }
}

function languageIn(progress: string | null): unknown {
  try {
    return (JSON.parse(progress ?? "null") as { language?: unknown } | null)?.language;
  } catch {
    return null;
  }
}
