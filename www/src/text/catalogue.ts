/** The lessons' texts by key in the page's language, with numbers in that language's format. */
import { decimal, integer, percent } from "../ui/format.js";
import { en, type TextKey } from "./en.js";
import { filled, translated } from "./language.js";

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

/** A message in the page's language. */
export function say({ text, values }: Message): string {
  return filled(translated(text) ?? en[text], (name) => {
    const value = values[name];
    return value === undefined ? null : written(value);
  });
}

function written(value: Value): string {
  if (typeof value === "string") return value;
  if ("text" in value) return say({ text: value.text, values: {} });
  if ("count" in value) return integer(value.count);
  if ("share" in value) return percentage(value.share);
  if ("probability" in value) return probability(value.probability);
  if ("numbers" in value) return value.numbers.map((one) => decimal(one, value.decimals)).join(" · ");
  return decimal(value.number, value.decimals);
}

/** A percentage within a sentence, where no line begins with its sign. */
function percentage(share: number): string {
  return percent(share).replace(" ", "\u00a0");
}

function probability(value: number): string {
  if (value >= 0.9995) return `>\u00a0${percentage(0.999)}`;
  return value < 0.0005 ? `<\u00a0${percentage(0.001)}` : percentage(value);
}
