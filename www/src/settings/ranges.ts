/** The ranges of the settings, from the engine: the page defines none. */
import type { Limit, Limits } from "../protocol/engine.js";
import { ofEngine, t } from "../text/language.js";
import { integer, significant } from "../ui/format.js";
import type { Key } from "./keys.js";

/** The range of a setting that all families have; null for words and checkboxes. */
export function rangeOf(limits: Limits, key: Key): Limit | null {
  const limit = limits.settings.find((one) => one.setting === key) ?? null;
  // JavaScript has exact integers up to 2^53, the engine larger ones.
  return limit && { ...limit, high: Math.min(limit.high, Number.MAX_SAFE_INTEGER) };
}

/** Whether a number is in its range. */
export function inRange({ low, high, above, whole }: Limit, value: number): boolean {
  return (above ? value > low : value >= low) && value <= high && (!whole || Number.isSafeInteger(value));
}

/** What a number must be, for messages: "a whole number from 1 to 4,096". */
export function wanted({ low, high, above, whole, unit }: Limit): string {
  const ends = { low: plain(low), high: plain(high) };
  const text = above ? t("a number above {low} and at most {high}", ends)
    : whole ? t("a whole number from {low} to {high}", ends) : t("a number from {low} to {high}", ends);
  return unit === "" ? text : `${text} ${ofEngine(unit)}`;
}

/** The most patches along a side of an image: one further token is the class token. */
export function mostGrid({ tokens }: Limits): number {
  return Math.floor(Math.sqrt(tokens - 1));
}

function plain(value: number): string {
  return Number.isInteger(value) ? integer(value) : significant(value, 7);
}
