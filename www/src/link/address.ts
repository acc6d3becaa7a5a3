/**
 * Links: `#inside&d=…&block=3&head=2&patch=24&lesson=heads&s=tiny;patch_size=4`. First the view or a place in it, then
 * what to show there, in any order. A link is untrusted input: anything invalid is ignored. Links with only settings,
 * `#s=…`, predate this format and stay valid (settings/link.ts).
 */

/** The contents of a link. Blocks, heads and patches are counted from 1, as on the page. */
export interface PageLink {
  /** A view, or the id of a place in one. */
  place: string;
  /** A drawing as text (drawing.ts). */
  drawing?: string;
  /** A block; 0 for rollout over all blocks. */
  block?: number;
  /** A head of the block; without it, the mean of its heads. */
  head?: number;
  /** The patch whose attention is shown; without it, the class token's. */
  patch?: number;
  lesson?: string;
  /** Settings as text (settings/link.ts). */
  settings?: string;
}

/** Longer links are truncated by mail programs and chats, so they are ignored. */
const LONGEST = 20_000;
/** No model that the page accepts has this many blocks, heads or patches. */
const MOST = 10_000;

const NUMBERS = ["block", "head", "patch"] as const;
/** The short names of text values in the address. */
const TEXTS = { drawing: "d", lesson: "lesson", settings: "s" } as const;

/** Whether this is the older form, in which everything after the prefix is settings. */
export function isOldSettingsLink(hash: string): boolean {
  return hash.startsWith("#s=");
}

/** The view or place that a link leads to. */
export function placeIn(hash: string): string {
  return isOldSettingsLink(hash) ? "settings" : (hash.slice(1).split("&")[0] ?? "");
}

/** Parses a hash. Invalid values are ignored. */
export function parseLink(hash: string): PageLink {
  const link: PageLink = { place: placeIn(hash) };
  // The settings' section reports errors in these, whatever their length.
  if (isOldSettingsLink(hash)) return { ...link, settings: decoded(hash.slice("#s=".length)) };
  if (hash.length > LONGEST) return link;
  const said = new Map(hash.split("&").slice(1).map(halves));
  for (const name of NUMBERS) {
    const number = wholeNumber(said.get(name));
    if (number !== null && (number > 0 || name === "block")) link[name] = number;
  }
  for (const name of ["drawing", "lesson", "settings"] as const) {
    const text = decoded(said.get(TEXTS[name]) ?? "");
    if (text !== "") link[name] = text;
  }
  return link;
}

/** A link as a hash. */
export function formatLink(link: PageLink): string {
  const parts = [link.place];
  if (link.drawing) parts.push(`${TEXTS.drawing}=${link.drawing}`);
  for (const name of NUMBERS) if (link[name] !== undefined) parts.push(`${name}=${link[name]}`);
  if (link.lesson) parts.push(`${TEXTS.lesson}=${encodeURIComponent(link.lesson)}`);
  if (link.settings) parts.push(`${TEXTS.settings}=${escaped(link.settings)}`);
  return `#${parts.join("&")}`;
}

/** Splits `name=value` at the first equals sign; the value may contain more. */
function halves(part: string): [string, string] {
  const at = part.indexOf("=");
  return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
}

function wholeNumber(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return null;
  const number = Number(text);
  return number <= MOST ? number : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Settings stay readable: the characters they usually contain have no special meaning here. */
function escaped(settings: string): string {
  return encodeURIComponent(settings).replaceAll("%3B", ";").replaceAll("%3D", "=").replaceAll("%2C", ",");
}
