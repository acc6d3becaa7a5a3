/** What the engine and the workers report, in German: a script of its own, fetched behind the page's texts. */
import { translated } from "../language.js";
import { createTranslator } from "../patterns.js";
import { calls } from "./calls.js";
import { counts } from "./counts.js";
import { engine } from "./engine.js";
import { workers } from "./workers.js";

const own: Readonly<Record<string, string>> = { ...engine, ...workers };

/** All patterns. */
export const patterns: Readonly<Record<string, string>> = { ...own, ...calls, ...counts };

/** Translates a report. */
export const ofEngine = createTranslator(patterns, (text) => own[text] ?? translated(text), inGerman);

/** Numbers that were written in English. */
function inGerman(numbers: string): string {
  return numbers.replace(/(\d)([.,])(?=\d)/g, (_, digit: string, sign: string) => digit + (sign === "." ? "," : "."));
}
