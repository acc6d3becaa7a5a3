/**
 * The page's language. English texts stand where they are used; in another language they are looked up by their English
 * words, in a catalogue that is fetched only when it was chosen (`load.ts`). So a text cannot differ from its key, and
 * one without a translation does not compile.
 */
import type { GermanText } from "./de/index.js";
import type { Translator } from "./patterns.js";

/** All languages of the page, English first. */
export const LANGUAGES = ["en", "de"] as const;

/** A language of the page. */
export type Language = (typeof LANGUAGES)[number];

/** A text that every catalogue has. */
export type Text = GermanText;

/** One without placeholders. */
export type PlainText = Exclude<Text, `${string}{${string}`>;

/** What fills the placeholders: a text, or a number that needs no format. */
type Filling = string | number;

/** The names of the placeholders in a text: `"{count} of {total}"` has `count` and `total`. */
type Names<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** The values that a text needs. */
type Values<T extends string> = [Names<T>] extends [never] ? [] : [values: Record<Names<T>, Filling>];

/** A language with its texts by their English words or keys; English needs none. */
interface Chosen {
  language: Language;
  texts: Readonly<Record<string, string>>;
  /** Translates what the engine and the workers report, once that has arrived. */
  reports?: Translator;
}

// Each script of the page that is fetched on demand has its own copy of this module, but all share one language.
const slot = globalThis as { [CHOSEN]?: Chosen };
const CHOSEN = Symbol.for("patchwork.language");

/** The language of the page. */
export function language(): Language {
  return slot[CHOSEN]?.language ?? "en";
}

/** Uses a language from now on; texts that are already on the page stay. */
export function setLanguage(chosen: Language, texts: Readonly<Record<string, string>>): void {
  slot[CHOSEN] = { language: chosen, texts };
}

/** Translates what the engine and the workers report from now on. */
export function setReports(reports: Translator): void {
  const chosen = slot[CHOSEN];
  if (chosen) chosen.reports = reports;
}

/** An English text in the page's language, with its placeholders filled. */
export function t<T extends Text>(text: T, ...values: Values<T>): string {
  return filled(translated(text) ?? text, (name) => {
    const value = (values[0] as Record<string, Filling> | undefined)?.[name];
    return value === undefined ? null : String(value);
  });
}

/** A text of the engine or a worker in the page's language; as it is, if the catalogue does not have it. */
export function ofEngine(text: string): string {
  return translated(text) ?? slot[CHOSEN]?.reports?.(text) ?? text;
}

/** The translation of a text, or of a key of the lessons; null in English. */
export function translated(key: string): string | null {
  return slot[CHOSEN]?.texts[key] ?? null;
}

/** A text with the placeholders that have a value filled. */
export function filled(text: string, valueOf: (name: string) => string | null): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => valueOf(name) ?? whole);
}

/** The placeholders of a text, each once and in order. */
export function placeholdersOf(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name ?? ""))].sort();
}

/** Whether this is one of the languages. */
export function isLanguage(text: unknown): text is Language {
  return LANGUAGES.some((one) => one === text);
}

/** The tag for formats of numbers and dates. English dates are British. */
export function localeOf(chosen: Language): string {
  return chosen === "en" ? "en-GB" : chosen;
}
