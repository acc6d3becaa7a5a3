/**
 * The texts of the static page: its HTML is their English catalogue. An element that directly contains words is one
 * text, in which elements have numbers: `Draw <1>here</1>, then press <2/>.` A translation may order them as it likes.
 */

/** Attributes that are read or shown. */
const ATTRIBUTES = ["aria-label", "title", "placeholder"] as const;

/** One text of the page, and how to put another in its place. */
export interface Unit {
  text: string;
  put(text: string): void;
}

/** Puts a catalogue's texts into the page. One that it does not have stays English. */
export function translatePage(root: Element, texts: Readonly<Record<string, string>>): void {
  for (const { text, put } of unitsOf(root)) {
    const other = texts[text];
    if (other !== undefined) put(other);
  }
}

/** All texts below an element, in the order of the page, but for what is not to be translated (`translate="no"`). */
export function unitsOf(root: Element): Unit[] {
  const units = attributesOf(root);
  if (isFixed(root)) return units;
  if (!containsWords(root)) return units.concat(...[...root.children].map(unitsOf));
  const inner = innerOf(root);
  units.push({ text: patternOf(root, inner), put: (text) => fill(root, text, inner) });
  return units.concat(...inner.map((child) => (isClosed(child) ? unitsOf(child) : attributesOf(child))));
}

function attributesOf(element: Element): Unit[] {
  return ATTRIBUTES.flatMap((name) => {
    const text = element.getAttribute(name);
    return text && hasWords(text) ? [{ text, put: (other: string) => element.setAttribute(name, other) }] : [];
  });
}

function containsWords(element: Element): boolean {
  return [...element.childNodes].some((node) => isText(node) && hasWords(node.nodeValue ?? ""));
}

/** The name of a key and a sign have one letter. */
function hasWords(text: string): boolean {
  return /\p{L}\p{L}/u.test(text);
}

function isText(node: Node): boolean {
  return node.nodeType === 3;
}

function isFixed(element: Element): boolean {
  return element.getAttribute("translate") === "no";
}

/** Whether an element is a place in the text around it, but has a text of its own. */
function isClosed(element: Element): boolean {
  return isFixed(element) || /^(select|input|canvas|svg|output|button)$/i.test(element.tagName);
}

/** The elements in a text, in the order of the page: their numbers count from 1. */
function innerOf(element: Element): Element[] {
  return [...element.children].flatMap((child) => [child, ...(isClosed(child) ? [] : innerOf(child))]);
}

/** The text of an element, with numbers for the elements in it. No-break spaces are kept. */
function patternOf(element: Element, inner: readonly Element[]): string {
  const parts = [...element.childNodes].map((node) => {
    if (isText(node)) return (node.nodeValue ?? "").replace(/[ \n]+/g, " ");
    const number = inner.indexOf(node as Element) + 1;
    if (number === 0) return "";
    const words = isClosed(node as Element) ? "" : patternOf(node as Element, inner);
    return words === "" ? `<${number}/>` : `<${number}>${words}</${number}>`;
  });
  return parts.join("").trim();
}

/** Puts a text into an element. The elements in it stay what they are, with their listeners. */
function fill(element: Element, pattern: string, inner: readonly Element[]): void {
  const nodes: Node[] = [];
  let at = 0;
  const words = (to: number): void => {
    if (to > at) nodes.push(element.ownerDocument.createTextNode(pattern.slice(at, to)));
  };
  for (const match of pattern.matchAll(/<(\d+)(?:\/>|>(.*?)<\/\1>)/gs)) {
    words(match.index);
    at = match.index + match[0].length;
    const child = inner[Number(match[1]) - 1];
    if (!child) continue;
    if (match[2] !== undefined) fill(child, match[2], inner);
    nodes.push(child);
  }
  words(pattern.length);
  element.replaceChildren(...nodes);
}
