/**
 * Translates texts that were composed in English elsewhere, in the engine or a worker. Their catalogue has patterns:
 * `"{count} tokens are more than {most}"`. What stands in a placeholder is translated, too, or the pattern does not fit; so
 * short patterns such as `"{images} but {labels}"` fit nothing else.
 */
import { filled } from "./language.js";

/** Placeholders of what a user or another program wrote: it stays as it is. */
const AS_IT_IS = new Set(["name", "names", "file", "label", "cell", "line", "example", "error", "one", "other", "others"]);
/** Placeholders of a text that is translated if the catalogue has it. */
const IF_KNOWN = new Set(["cause", "difference", "source"]);
/** Names of which the last are left out: that they are is said in English. */
const MORE = / and [\d,]+ more$/;
/** Numbers and what lies between them, such as `0–255`, `60,000` and `87 %`. */
const NUMBERS = /^[\d.,×–%…e \u00a0−-]*\d[\d.,×–%…e \u00a0−-]*$|^NaN$|^inf$/;
/** Placeholders of one word: where it begins tells where the one before ends. */
const ONE_WORD = new Set(["count", "value"]);
/** A quoted text, such as a cell of a table. */
const QUOTED = /^'.*'$|^".*"$/s;
/** No text for people is longer. */
const LONGEST = 1000;

/** One text of a catalogue. */
interface Pattern {
  fits: RegExp;
  translation: string;
  /** The number of letters outside placeholders: the more, the more exactly it fits. */
  letters: number;
}

/** A text in another language; null if the catalogue does not have it. */
export type Translator = (text: string) => string | null;

/** A translator by patterns, and by `whole` for texts without placeholders; `written` writes numbers. */
export function createTranslator(
  patterns: Readonly<Record<string, string>>, whole: Translator, written: (numbers: string) => string,
): Translator {
  let made: Pattern[] | null = null;
  /** The parts of one text that were looked up: they come again and again. */
  const answers = new Map<string, string | null>();
  const translate: Translator = (text) => {
    const before = answers.get(text);
    if (before !== undefined) return before;
    const answer = whole(text) ?? byPattern(text) ?? list(text) ?? measured(text);
    answers.set(text, answer);
    return answer;
  };
  const byPattern = (text: string): string | null => {
    made ??= patternsOf(patterns);
    for (const pattern of made) {
      const translation = fill(pattern, text, part);
      if (translation !== null) return translation;
    }
    return null;
  };
  /** A list of which every entry is known. */
  const list = (text: string): string | null => {
    const entries = text.split(/(, |; )/);
    if (entries.length === 1) return null;
    const known = entries.map((one, index) => (index % 2 === 1 ? one : part(one)));
    return known.includes(null) ? null : known.join("");
  };
  /** A number with its unit. */
  const measured = (text: string): string | null => {
    const [, number = "", unit = ""] = /^([\d.,]+) (.+)$/s.exec(text) ?? [];
    const known = unit === "" ? null : translate(unit);
    return known === null ? null : `${written(number)} ${known}`;
  };
  const part: Translator = (text) => {
    if (NUMBERS.test(text)) return written(text);
    return QUOTED.test(text) ? text : translate(text);
  };
  return (text) => {
    answers.clear();
    return text.length > LONGEST ? null : translate(text);
  };
}

function patternsOf(texts: Readonly<Record<string, string>>): Pattern[] {
  const made = Object.entries(texts).filter(([key]) => /\{\w+\}/.test(key)).map(([key, translation]): Pattern => ({
    fits: new RegExp(`^${source(key)}$`, "su"), translation, letters: key.replace(/\{\w+\}/g, "").length,
  }));
  return made.sort((one, other) => other.letters - one.letters);
}

/** A pattern as a regular expression. A placeholder that comes again stands for the same. */
function source(key: string): string {
  const seen = new Set<string>();
  return key.replace(/[.*+?^$()|[\]\\/]/g, "\\$&").replace(/\{(\w+)\}/g, (_, name: string) => {
    if (seen.has(name)) return `\\k<${name}>`;
    seen.add(name);
    return `(?<${name}>${ONE_WORD.has(name) ? "\\S+" : ".+?"})`;
  });
}

/** The translation of a text that fits; null if it does not, or if a part of it is not known. */
function fill({ fits, translation }: Pattern, text: string, part: Translator): string | null {
  const found = fits.exec(text)?.groups;
  if (!found) return null;
  let known = true;
  const whole = filled(translation, (name) => {
    const value = found[name] ?? "";
    if (AS_IT_IS.has(name) && !MORE.test(value)) return value;
    const other = part(value);
    known &&= other !== null || IF_KNOWN.has(name);
    return other ?? value;
  });
  return known ? whole : null;
}
