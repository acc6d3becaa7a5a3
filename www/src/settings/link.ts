/** Settings as a short text, for links and for the next visit: `tiny;patch_size=4;epochs=20`. */
import type { Limits } from "../protocol/engine.js";
import { t } from "../text/language.js";
import type { SettingsChoice } from "./choice.js";
import { type Changes, familyOf, format, kindOf, parse } from "./keys.js";
import { formatLink, isOldSettingsLink, parseLink } from "../link/address.js";
import { integer } from "../ui/format.js";

/** The prefix in the address of a link with only settings. */
const MARK = "#s=";

/** The longest part of a link that is quoted in full, and the most parts that are. */
const LONGEST = 40;
const MOST_PARTS = 5;

/** A choice as text. */
export function encode({ preset, changes }: SettingsChoice): string {
  return [preset, ...[...changes].map(([key, value]) => `${key}=${format(value)}`)].join(";");
}

/** Parses a choice; `left` has the parts that are not settings, or out of range. */
export function decode(text: string, presets: readonly string[], limits: Limits): { choice: SettingsChoice; left: string[] } {
  const [name = "", ...rest] = text.split(";");
  const changes: Changes = new Map();
  const left = presets.includes(name) ? [] : [name];
  const family = familyOf(name);
  for (const part of rest.filter((one) => one !== "")) {
    const [key = "", ...said] = part.split("=");
    const value = parse(kindOf(family, key, limits), said.join("="));
    if (value !== undefined) changes.set(key, value);
    else left.push(part);
  }
  return { choice: { preset: presets.includes(name) ? name : (presets[0] ?? name), changes }, left };
}

/** Parts of a link for display, shortened: an untrusted link may have any length. */
export function shown(parts: readonly string[]): string {
  const first = parts.slice(0, MOST_PARTS).map((part) => (part.length > LONGEST ? `${part.slice(0, LONGEST)}…` : part));
  const more = parts.length - first.length;
  return more > 0 ? t("{names} and {count} more", { names: first.join(", "), count: integer(more) }) : first.join(", ");
}

/** The address of this page with a choice in it. */
export function linkTo(choice: SettingsChoice): string {
  const page = new URL(location.href);
  page.hash = "";
  return `${page.href.replace(/#$/, "")}${MARK}${encode(choice)}`;
}

/** Takes the text out of the address; null if there is none. */
export function takeFromAddress(): string | null {
  const { settings, ...rest } = parseLink(location.hash);
  if (settings === undefined) return null;
  // From now on, the stored settings apply: a reload must not undo later changes.
  history.replaceState(history.state, "", isOldSettingsLink(location.hash) ? "#settings" : formatLink(rest));
  return settings;
}
