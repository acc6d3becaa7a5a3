/** The ranges of the settings, as the engine has them: the page has none of its own. */
import type { Limit, Limits } from "../protocol/engine.js";
import { integer } from "../ui/format.js";
import type { Key } from "./keys.js";

/** The range of a setting that all families have; nothing for words and boxes. */
export function rangeOf(limits: Limits, key: Key): Limit | null {
  const limit = limits.settings.find((one) => one.setting === key) ?? null;
  // JavaScript counts in whole numbers up to 2^53, the engine further.
  return limit && { ...limit, high: Math.min(limit.high, Number.MAX_SAFE_INTEGER) };
}

/** Whether a number is in its range. */
export function inRange({ low, high, above, whole }: Limit, value: number): boolean {
  return (above ? value > low : value >= low) && value <= high && (!whole || Number.isSafeInteger(value));
}

/** What a number must be, for people: "a whole number from 1 to 4,096". */
export function wanted({ low, high, above, whole, unit }: Limit): string {
  const from = above ? `above ${plain(low)} and at most ${plain(high)}` : `from ${plain(low)} to ${plain(high)}`;
  return [whole ? "a whole number" : "a number", from, unit].filter((word) => word !== "").join(" ");
}

/** The most patches along a side of an image: one token more is the class token. */
export function mostGrid({ tokens }: Limits): number {
  return Math.floor(Math.sqrt(tokens - 1));
}

function plain(value: number): string {
  return Number.isInteger(value) ? integer(value) : String(value);
}
