/** The sources that tests look through for texts. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** The page's scripts by their names below `src`. */
export async function sources(): Promise<Map<string, string>> {
  const names = (await readdir("src", { recursive: true })).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  const entries = names.map(async (name) => [name, await readFile(join("src", name), "utf8")] as const);
  return new Map((await Promise.all(entries)).sort());
}

/** What a Rust file is cut into: comments, attributes, characters and assertions are found first, so that only other literals are left. */
const RUST = new RegExp([
  /\/\/.*/, /#!?\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\]/, /'(?:\\.|[^\\'])'/, /r#"[\s\S]*?"#/,
  /(?:assert\w*!|unreachable!|panic!|\.expect|debug_struct)\([^;]*?[;}]/,
  /(?<binary>b?)"(?<text>(?:[^"\\]|\\[\s\S])*)"/,
].map(({ source }) => source).join("|"), "g");

/** The string literals of a Rust file that are not for developers: without its tests, attributes and assertions. */
export function rustTexts(source: string): string[] {
  const [code = ""] = source.split(/^#\[cfg\(test\)\]\n(?:pub )?mod /m);
  const literals = Array.from(code.matchAll(RUST), ({ groups }) => groups).filter((found) => found?.["binary"] === "");
  return literals.map((found) => unescaped(found?.["text"] ?? ""));
}

function unescaped(literal: string): string {
  return literal.replace(/\\\n\s*/g, "").replace(/\\"/g, '"').replace(/\\u\{(\w+)\}/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16)));
}

/** A text with `{}` for its placeholders, also where several stand side by side. */
export function shapeOf(text: string): string {
  return text.replace(/\$?\{[^}]*\}/g, "{}").replace(/(\{\})+/g, "{}").replace(/^[,;]? +|[, ]+$/g, "");
}
