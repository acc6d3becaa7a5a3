import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { parse } from "acorn";
import * as esbuild from "esbuild";
import { parseHTML } from "linkedom";
import { FAMILIES } from "../src/protocol/families.js";
import { say, type Message } from "../src/text/catalogue.js";
import { texts } from "../src/text/de/index.js";
import { patterns } from "../src/text/de/reports.js";
import { families } from "../src/text/de/families.js";
import { lessons } from "../src/text/de/lessons.js";
import { translatePage, unitsOf } from "../src/text/document.js";
import { en, type TextKey } from "../src/text/en.js";
import { isLanguage, language, placeholdersOf, setLanguage, t } from "../src/text/language.js";
import { bytes, duration, integer, percent, plural, significant } from "../src/ui/format.js";
import { shapeOf, sources } from "./sources.js";

/** Texts by key, what the engine's types list (translated by another test), and service workers, which say nothing. */
const NO_TEXTS = ["text/de", "text/en.ts", "lessons/lessons.ts", "protocol", "offline/sw.ts"];

/** Keys of the keyboard, names in the browser, and errors for developers. */
const NO_TEXT = new RegExp(`^(${[
  "Delete|Backspace|Escape|Enter|End|Home|PageUp|PageDown|Arrow\\w+|\\w+Error|GestureEvent|Files|FilesGone|English|Deutsch",
  "patchwork .*|(upper|lower) (left|right)|confusion \\w+|to right",
  "The page has no 0 #0|This browser has no 2D canvas|The lesson 0 has no step 0|There are no presets|0 is no script of this page",
  "An entry has no parts|read every|Vision Transformer|panicked at|Files were deleted with another run|linear-gradient.*|12px system-ui, sans-serif|more file|(sample|training) image|geometric-only epoch|The German texts of the (page|engine)|Adam|AdamW|Muon|0 min|There are no families|Measured|The family 0 has no preset|A choice without its box",
].join("|")})$`);

after(() => setLanguage("en", {}));

async function page(): Promise<Document> {
  // The build runs from its own place; this test from a bundle.
  const { assembleHtml } = (await import(pathToFileURL(resolve("build/html.mjs")).href)) as { assembleHtml(): Promise<string> };
  return parseHTML(await assembleHtml()).document as unknown as Document;
}

test("German has the placeholders of English and its elements, and no text is empty", () => {
  for (const [key, text] of [...Object.entries(texts), ...Object.entries(patterns)]) {
    const english = key in en ? en[key as TextKey] : key;
    assert.notEqual(text.trim(), "", key);
    assert.deepEqual(placeholdersOf(text), placeholdersOf(english), key);
    const elements = (words: string): string[] => (words.match(/<\/?\d+\/?>/g) ?? []).sort();
    assert.deepEqual(elements(text), elements(english), key);
    assert.equal(/^\s|^[,;]/.test(text), /^\s|^[,;]/.test(english), key);
  }
  assert.deepEqual(Object.keys(lessons).sort(), Object.keys(en).sort());
});

test("every text of the static page is translated, and nothing else on it changes", async () => {
  const document = await page();
  const missing = unitsOf(document.body).map(({ text }) => text).filter((text) => !(text in texts));
  assert.deepEqual(missing, []);
  const before = [...document.querySelectorAll("*")];
  translatePage(document.body, texts);
  const now = [...document.querySelectorAll("*")];
  assert.equal(now.length, before.length);
  assert.deepEqual(new Set(now), new Set(before), "the same elements, with their listeners");
  assert.equal(document.querySelector("#clear")?.textContent, "Löschen");
  assert.equal(document.querySelector('#inside-tokens [data-how="values"]')?.parentElement?.textContent, "16 Werten");
  assert.equal(document.querySelector("#ink")?.getAttribute("aria-label"), "Zeichenfläche für eine Ziffer");
});

test("what the engine says about its families and their blocks is translated", async () => {
  const said = FAMILIES.flatMap(({ about, settings, presets }) => [
    about, ...presets.map((preset) => preset.about),
    ...settings.flatMap(({ label, about: hint, kind }) => [label, hint, ...(typeof kind === "object" && "choice" in kind ? kind.choice : [])]),
  ]);
  const source = await readFile("../crate/structure.rs", "utf8");
  const notes = Array.from(source.matchAll(/^const \w+: &str = "([^"]+)";/gm), ([, text = ""]) => text.replace(/\\\n\s*/g, ""));
  assert.equal(notes.length, 3, "why a block has no map");
  said.push(...notes);
  const limits = await readFile("../crate/limits.rs", "utf8");
  const units = Array.from(limits.matchAll(/^pub const \w+: Limit = augment\(.*, "([^"]+)"\);/gm), ([, unit = ""]) => unit);
  assert.equal(units.length, 10, "what the settings of the augmentation are measured in");
  said.push(...units.filter((unit) => /\p{L}{2}/u.test(unit)));
  assert.deepEqual(said.filter((text) => !(text in texts)), []);
  assert.deepEqual(Object.keys(families).filter((text) => !said.includes(text)), []);
});

test("no translation is unused", async () => {
  const said = new Set(unitsOf((await page()).body).map(({ text }) => text));
  const code = [...(await sources())].filter(([name]) => !name.startsWith("text/de/")).map(([, text]) => text).join("\n");
  const unused = Object.keys(texts).filter((key) => !(key in en) && !(key in families) && !said.has(key)
    && !code.includes(JSON.stringify(key)) && !code.includes(key.replaceAll(" ", "_")));
  assert.deepEqual(unused, []);
  const steps = [...(await sources())].filter(([name]) => name.startsWith("lessons/")).map(([, text]) => text).join("\n");
  assert.deepEqual(Object.keys(en).filter((key) => !steps.includes(`"${key}"`)), []);
});

test("scripts say nothing that is not in the catalogue", async () => {
  const found: string[] = [];
  const known = new Set([...Object.keys(patterns), ...Object.keys(texts)].map(shapeOf));
  for (const [name, source] of await sources()) {
    if (NO_TEXTS.some((place) => name === place || name.startsWith(`${place}/`))) continue;
    const { code } = await esbuild.transform(source, { loader: "ts", target: "es2022" });
    const said = textsIn(parse(code, { ecmaVersion: "latest", sourceType: "module" }));
    found.push(...said.filter((text) => !known.has(shapeOf(text)) && !NO_TEXT.test(numbered(text))).map((text) => `${name}: ${text}`));
  }
  assert.deepEqual(found, []);
});

test("numbers and counts are written as the language writes them", () => {
  assert.deepEqual([percent(0.873), integer(12345), significant(0.00123), bytes(1_400_000), duration(4.24), plural(2, "head")],
    ["87.3 %", "12,345", "0.00123", "1.4 MB", "4.2 s", "2 heads"]);
  setLanguage("de", texts);
  assert.equal(language(), "de");
  assert.deepEqual([percent(0.873), integer(12345), significant(0.00123), bytes(1_400_000), duration(4.24), plural(2, "image")],
    ["87,3\u00a0%", "12.345", "0,00123", "1,4 MB", "4,2 s", "2 Bilder"]);
  assert.equal(t("row {row}", { row: 3 }), "Zeile 3");
  setLanguage("en", {});
  assert.equal(t("row {row}", { row: 3 }), "row 3");
  assert.ok(isLanguage("de") && !isLanguage("fr") && !isLanguage(3) && !isLanguage("toString"));
});

test("the lessons speak the page's language", () => {
  const values = { first: "4", share: { probability: 0.5231 }, second: "9", other: { probability: 0.41 }, lead: { number: -0.24, decimals: 1 } };
  const unsure: Message = { text: "unsure.drawn", values };
  const training: Message = { text: "training.started", values: { parameters: { count: 162554 }, images: { count: 4000 }, chance: { share: 0.1 } } };
  assert.match(say(unsure), /^4: 52\.3\u00a0%, 9: 41\.0\u00a0%.* only −0\.2;/);
  assert.match(say(training), /^162,554 parameters .* 4,000 .* 10\.0\u00a0% of/);
  setLanguage("de", texts);
  assert.match(say(unsure), /^4: 52,3\u00a0%, 9: 41,0\u00a0%.* nur um −0,2;/);
  assert.match(say(training), /^162\.554 Parameter .* 4\.?000 .* 10,0\u00a0% davon/);
  assert.match(say({ text: "look.firsted", values: { reader: { text: "reader.class" } } }), /das Klassen-Token/);
  setLanguage("en", {});
});

test("a probability is not rounded to certainty, and what is missing stays visible", () => {
  const drawn = (share: number): string => say({ text: "order.drawn", values: { class: "3", share: { probability: share } } });
  assert.match(drawn(0.99981), /3: >\u00a099\.9\u00a0%/);
  assert.match(drawn(0.0001), /3: <\u00a00\.1\u00a0%/);
  assert.match(drawn(Number.NaN), /3: –/);
  assert.match(say({ text: "order.drawn", values: { class: "3" } }), /\{share\}/);
});

/** A node of a syntax tree, as far as it is looked at. */
interface Tree {
  type: string;
  [key: string]: unknown;
}

/** Two words, or one that begins with a capital. */
const MAY_BE_WORDS = /^\p{Lu}\p{Ll}+\b|\p{L}{2,}[,.;:]? \p{L}|\p{L}{2,}…$|0 \p{Ll}{3,}|\p{Ll}{3,} 0/u;

/** A text with a number for each placeholder. */
function numbered(text: string): string {
  return text.replaceAll("{}", "0");
}

/** What may be words for people in a script. Names of properties are for the script. */
function textsIn(tree: unknown): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (!isTree(node) || isCode(node)) return;
    const text = textOf(node);
    if (text !== null && MAY_BE_WORDS.test(numbered(text))) found.push(text);
    found.push(...shownBy(node).flatMap(choicesOf).map((shown) => textOf(shown) ?? "").filter((shown) => /\p{L}{3,}/u.test(shown)).map((shown) => `"${shown}" is shown as it is`));
    Object.values(node.type === "Property" ? { value: node["value"] } : node).forEach(visit);
  };
  visit(tree);
  return found;
}

/** The nodes of which one is taken. */
function choicesOf(node: Tree): Tree[] {
  const parts = [node["consequent"], node["alternate"]] as Tree[];
  return node.type === "ConditionalExpression" ? parts.flatMap(choicesOf) : [node];
}

/** What a node shows, whatever it is: the content of an element, its title or label, or an announcement. */
function shownBy(node: Tree): Tree[] {
  if (node.type === "CallExpression") {
    const called = (node["callee"] as { name?: string }).name ?? "";
    const given = node["arguments"] as Tree[];
    return called === "el" ? given.slice(2) : called === "announce" ? given : [];
  }
  if (node.type === "Property") {
    const { name, value } = node["key"] as { name?: string; value?: string };
    return /^(aria-label|title|placeholder|alt|label)$/.test(name ?? value ?? "") ? [node["value"] as Tree] : [];
  }
  const assigned = (node["left"] as { property?: { name?: string } } | undefined)?.property?.name ?? "";
  return node.type === "AssignmentExpression" && /^(textContent|title|ariaLabel|placeholder|label)$/.test(assigned) ? [node["right"] as Tree] : [];
}

function isTree(node: unknown): node is Tree {
  return typeof node === "object" && node !== null && "type" in node;
}

function textOf(node: Tree): string | null {
  if (node.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node.type !== "TemplateLiteral") return null;
  return (node["quasis"] as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join("{}").trim();
}

/** Imports, names of classes, selectors, styles, and errors of bugs. */
function isCode(node: Tree): boolean {
  if (/^(Import|ExportAll|ExportNamed)/.test(node.type) && node["declaration"] == null) return true;
  const name = (part: unknown): string => {
    const { name, value, property } = (part ?? {}) as { name?: string; value?: unknown; property?: unknown };
    return name ?? (typeof value === "string" ? value : property ? name_(property) : "");
  };
  if (node.type === "Property") return name(node["key"]) === "class";
  if (node.type === "AssignmentExpression") return /^(className|font|backgroundImage|transform|fillStyle|borderTop|cssText)$/.test(name(node["left"]));
  if (node.type === "CallExpression") return /^(matchMedia|querySelector|querySelectorAll|closest|matches|addColorStop)$/.test(name(node["callee"]));
  return false;
}

function name_(part: unknown): string {
  return (part as { name?: string }).name ?? "";
}
