/** Texts by key in the user's language, with numbers in that language's format. */
import { de } from "./de.js";
import { en, type Catalogue, type TextKey } from "./en.js";

/** All languages with a complete catalogue. */
export const CATALOGUES = { en, de } as const satisfies Record<string, Catalogue>;

/** A language with a catalogue. */
export type Language = keyof typeof CATALOGUES;

/** All of them, English first. */
export const LANGUAGES = Object.keys(CATALOGUES) as Language[];

/** The value of a placeholder: a literal word, another text, or a number with its format. */
export type Value =
  | string
  | { text: TextKey }
  /** A whole number. */
  | { count: number }
  /** A fraction of 1, as a percentage. */
  | { share: number }
  /** The same for a model's probability, which is never rounded to certainty. */
  | { probability: number }
  /** A number with a fixed number of decimals. */
  | { number: number; decimals: number }
  | { numbers: readonly number[]; decimals: number };

/** A text with the values of its placeholders. */
export interface Message {
  text: TextKey;
  values: Readonly<Record<string, Value>>;
}

/** The first of the user's languages that has a catalogue; English if none has. */
export function languageFor(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = LANGUAGES.find((one) => tag.toLowerCase().split(/[-_]/)[0] === one);
    if (language) return language;
  }
  return "en";
}

/** Whether this is one of the languages. */
export function isLanguage(text: unknown): text is Language {
  return LANGUAGES.some((language) => language === text);
}

/** A message in a language. */
export function say(language: Language, { text, values }: Message): string {
  const pattern: string = CATALOGUES[language][text];
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : written(language, value);
  });
}

/** The placeholders of a text, each once and in order. */
export function placeholdersOf(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name ?? ""))].sort();
}

function written(language: Language, value: Value): string {
  if (typeof value === "string") return value;
  if ("text" in value) return say(language, { text: value.text, values: {} });
  if ("count" in value) return decimal(language, value.count, 0);
  if ("share" in value) return percentage(language, value.share);
  if ("probability" in value) return probability(language, value.probability);
  if ("numbers" in value) return value.numbers.map((one) => decimal(language, one, value.decimals)).join(" · ");
  return decimal(language, value.number, value.decimals);
}

function percentage(language: Language, share: number): string {
  return `${decimal(language, 100 * share, 1)}\u00a0%`;
}

function probability(language: Language, value: number): string {
  if (value >= 0.9995) return `>\u00a0${percentage(language, 0.999)}`;
  return value < 0.0005 ? `<\u00a0${percentage(language, 0.001)}` : percentage(language, value);
}

function decimal(language: Language, number: number, decimals: number): string {
  if (!Number.isFinite(number)) return "–";
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return number.toLocaleString(language, options).replace("-", "−");
}
