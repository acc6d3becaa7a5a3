/** Settings as a short text, for links and for the next visit: `tiny;patch_size=4;epochs=20`. */
import type { Limits } from "../protocol/engine.js";
import type { SettingsChoice } from "./choice.js";
import { type Changes, familyOf, format, kindOf, parse } from "./keys.js";
import { formatLink, isOldSettingsLink, parseLink } from "../link/address.js";
import { integer } from "../ui/format.js";

/** What stands before the text in the address of a link with settings alone. */
const MARK = "#s=";

/** Characters of a part of a link that are said, and parts. */
const LONGEST = 40;
const MOST_PARTS = 5;

/** A choice as text. */
export function encode({ preset, changes }: SettingsChoice): string {
  return [preset, ...[...changes].map(([key, value]) => `${key}=${format(value)}`)].join(";");
}

/** A text as a choice, and what of it is no setting or out of its range. */
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

/** Parts of a link as they are said: a stranger's link may be of any length. */
export function shown(parts: readonly string[]): string {
  const first = parts.slice(0, MOST_PARTS).map((part) => (part.length > LONGEST ? `${part.slice(0, LONGEST)}…` : part));
  const more = parts.length - first.length;
  return more > 0 ? `${first.join(", ")} and ${integer(more)} more` : first.join(", ");
}

/** The address of this page with a choice in it. */
export function linkTo(choice: SettingsChoice): string {
  const page = new URL(location.href);
  page.hash = "";
  return `${page.href.replace(/#$/, "")}${MARK}${encode(choice)}`;
}

/** The text in the address, where there is one; the address is left without it. */
export function takeFromAddress(): string | null {
  const { settings, ...rest } = parseLink(location.hash);
  if (settings === undefined) return null;
  // From now on what is kept counts: a reload must not undo later changes.
  history.replaceState(history.state, "", isOldSettingsLink(location.hash) ? "#settings" : formatLink(rest));
  return settings;
}
