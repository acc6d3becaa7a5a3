/** Which language the page speaks: chosen by its user and kept for the next visit; English until then. */
import { GERMAN_URL } from "../assets.js";
import { fetchScript } from "../client/script.js";
import { translatePage } from "./document.js";
import { isLanguage, setLanguage, type Language } from "./language.js";

/** Where the choice is kept; `start.ts` reads it, too. */
const NAME = "patchwork.language";
/** The lessons had a choice of their own before; it counts until there is one for the page. */
const OLD_NAME = "patchwork.lessons";

/** The exports of a language's script. */
interface Script {
  texts: Readonly<Record<string, string>>;
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
      const { texts } = await fetchScript<Script>(GERMAN_URL, "The German texts of the page");
      setLanguage("de", texts);
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

function languageIn(progress: string | null): unknown {
  try {
    return (JSON.parse(progress ?? "null") as { language?: unknown } | null)?.language;
  } catch {
    return null;
  }
}
