/** Names of files and classes that the user chose: they may be long, and in any script. */
import { t } from "../text/language.js";

/** The name of the real digits that the page offers. */
export const SAMPLE_NAME = "5,000 MNIST images";

/** The most characters of a name within a sentence. */
const LONG = 60;

/** The name of a class, or its number if the classes have no names. */
export function className(names: readonly string[] | undefined, label: number): string {
  return names?.[label] ?? String(label);
}

const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** Whether two names mean the same class, like in the engine: `zero` is `0`. */
export function sameName(one: string, other: string): boolean {
  return keyOf(one) === keyOf(other);
}

function keyOf(name: string): string {
  const digit = DIGITS.indexOf(name.toLowerCase());
  return digit < 0 ? name : String(digit);
}

/** The class in a sentence: a number gets an article, a name does not. */
export function inSentence(names: readonly string[] | undefined, label: number): string {
  const name = names?.[label];
  if (name !== undefined) return isolated(shortened(name));
  return t(startsWithVowel(label) ? "an {digit}" : "a {digit}", { digit: label });
}

/** Whether a number from 0 to 255 is spoken with a vowel first: an eight, an eleven, an eighteen, an eighty. */
function startsWithVowel(number: number): boolean {
  return /^8|^1[18]$/.test(String(number));
}

/** A list of class names of limited length. */
export function listed(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).map((name) => isolated(shortened(name, 24))).join(", ");
  return names.length > most ? t("{names} and {count} more", { names: shown, count: names.length - most }) : shown;
}

/** Isolates the direction of a text in a right-to-left script. */
function isolated(name: string): string {
  return /[\u0590-\u08ff\u200e-\u202e\ufb1d-\ufdff\ufe70-\ufeff]|[\ud802\ud803\ud83a\ud83b]/.test(name)
    ? `\u2068${name}\u2069`
    : name;
}

/** A name of at most `most` characters. A long one keeps its beginning and its end, which contains the file extension. */
export function shortened(name: string, most = LONG): string {
  return cut(translatedName(name), most);
}

/** The page's own digits have names as if they were files. */
function translatedName(name: string): string {
  if (name === SAMPLE_NAME) return t(SAMPLE_NAME);
  const [, count] = /^built-in digits \((\d+)\)$/.exec(name) ?? [];
  return count === undefined ? name : t("built-in digits ({count})", { count });
}

function cut(name: string, most: number): string {
  // Cut by code units first, so that a name of a megabyte is not segmented for its first few
  // characters.
  const start = charactersOf(name.slice(0, 40 * most));
  if (name.length <= 40 * most && start.length <= most) return name;
  const end = charactersOf(name.slice(-20 * most)).slice(-Math.floor(most / 3));
  return `${start.slice(0, most - end.length - 1).join("")}…${end.join("")}`;
}

/** User-perceived characters: an emoji, a letter with its accents. */
function charactersOf(text: string): string[] {
  if (typeof Intl.Segmenter !== "function") return [...text];
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
