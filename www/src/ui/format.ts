/** Numbers and errors as text for people. */
import { isPatchworkError } from "../client/errors.js";
import type { PatchworkError } from "../protocol/engine.js";
import { language, localeOf, ofEngine, t } from "../text/language.js";
import { shortened } from "./names.js";

/** How many digits a number is written with. */
type Digits = Pick<Intl.NumberFormatOptions, "maximumFractionDigits" | "minimumFractionDigits" | "maximumSignificantDigits" | "useGrouping">;

/** Formats by language and digits: making one takes far longer than using it. */
const formats = new Map<string, Intl.NumberFormat>();

/** A number as the page's language writes it, with a real minus sign; a dash for what is no number. */
function written(n: number, digits: Digits): string {
  if (!Number.isFinite(n)) return "–";
  const key = language() + Object.values(digits).join();
  const format = formats.get(key) ?? new Intl.NumberFormat(language(), digits);
  formats.set(key, format);
  return format.format(n).replace("-", "−");
}

/** A number with this many decimals: `0.5` → "0.50", in German "0,50". */
export function decimal(n: number, digits: number): string {
  return written(n, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A share of 1 as a percentage: `0.873` → "87.3 %". */
export function percent(share: number, digits = 1): string {
  // A line of narrow German must not begin with the sign.
  const space = language() === "de" ? "\u00a0" : " ";
  return Number.isFinite(share) ? `${decimal(share * 100, digits)}${space}%` : "–";
}

/** A whole number with grouped digits: `12345` → "12,345". */
export function integer(n: number): string {
  return decimal(Math.round(n), 0);
}

/** A number with this many significant digits, without exponents for common sizes. */
export function significant(n: number, digits = 3): string {
  if (n === 0 || Math.abs(n) >= 1e-4 || !Number.isFinite(n)) return written(n, { maximumSignificantDigits: digits, useGrouping: false });
  return exponential(n, Math.max(0, digits - 1));
}

/** A number with an exponent, and this many decimals before it. */
export function exponential(n: number, digits: number): string {
  const [number, exponent] = n.toExponential(digits).split("e");
  return `${decimal(Number(number), digits)}e${exponent}`;
}

/** A duration: "8 ms", "4.2 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${decimal(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(whole / 60);
  return pair(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** A number of bytes: "512 B", "48 kB", "1.4 MB" (powers of 1000). */
export function bytes(n: number): string {
  if (!Number.isFinite(n) || n < 0) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = n;
  let unit = 0;
  // What would be rounded to 1000 goes to the next unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${decimal(value, digits)} ${units[unit] ?? "B"}`;
}

/** What is counted, and in words for one and for other numbers. */
const COUNTED = {
  "block": ["{count} block", "{count} blocks"],
  "change": ["{count} change", "{count} changes"],
  "channel": ["{count} channel", "{count} channels"],
  "class": ["{count} class", "{count} classes"],
  "convolution": ["{count} convolution", "{count} convolutions"],
  "epoch": ["{count} epoch", "{count} epochs"],
  "geometric-only epoch": ["{count} geometric-only epoch", "{count} geometric-only epochs"],
  "head": ["{count} head", "{count} heads"],
  "image": ["{count} image", "{count} images"],
  "minute": ["{count} minute", "{count} minutes"],
  "more file": ["{count} more file", "{count} more files"],
  "patch": ["{count} patch", "{count} patches"],
  "pixel": ["{count} pixel", "{count} pixels"],
  "sample image": ["{count} sample image", "{count} sample images"],
  "token": ["{count} token", "{count} tokens"],
  "training image": ["{count} training image", "{count} training images"],
} as const;

/** Something that `plural` can count. */
export type Counted = keyof typeof COUNTED;

/** A count with its noun: `plural(1, "image")` → "1 image". */
export function plural(n: number, counted: Counted): string {
  const [one, many] = COUNTED[counted];
  return t(n === 1 ? one : many, { count: integer(n) });
}

/** The text with its first letter capitalised. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A date and time: "21 July, 14:03". */
export function moment(milliseconds: number): string {
  const options = { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" } as const;
  return new Date(milliseconds).toLocaleString(localeOf(language()), options);
}

/**
 * An error in one or two sentences: what went wrong, where, and what to do. What comes from the engine or a worker is in English;
 * it is translated here, if the catalogue has it.
 */
export function errorSentence(error: PatchworkError | Error): string {
  if (!isPatchworkError(error)) return sentence(error.message || t("Something went wrong"));
  const { file, row, column } = error.place ?? { file: null, row: null, column: null };
  const place = [file === null ? null : shortened(file), row === null ? null : t("row {row}", { row }), column === null ? null : t("column {column}", { column })];
  const where = place.filter((part) => part !== null).join(", ");
  const said = ofEngine(error.problem);
  const problem = where === "" ? said : `${where}: ${said}`;
  return [problem, ofEngine(error.help)].filter((text) => text !== "").map(sentence).join(" ");
}

/** The text as a sentence, with a capital and a full stop. */
export function sentence(text: string): string {
  const begun = /^[a-z]+\b(?![._/])/.test(text) ? capital(text) : text;
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
