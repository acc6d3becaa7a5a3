import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import * as esbuild from "esbuild";
import { parseHTML } from "linkedom";
import { start } from "../src/text/de/start.js";

/** What the page shows where `start.ts` runs in a browser without WebAssembly, with this in its storage. */
async function shown(stored: Record<string, string>): Promise<string[]> {
  const source = await readFile("src/start.ts", "utf8");
  const { code } = await esbuild.transform(source, { loader: "ts", target: "es5" });
  const { document } = parseHTML("<html><body><header id=header></header><main><p id=status></p></main></body></html>");
  Object.defineProperty(document, "readyState", { value: "complete" });
  Object.defineProperty(Object.getPrototypeOf(document.createElement("script")), "noModule", { value: false, configurable: true });
  const localStorage = { getItem: (key: string) => stored[key] ?? null };
  const nothing = (): void => undefined;
  const page = createContext({ document, localStorage, location: { hash: "" }, addEventListener: nothing, setTimeout: nothing });
  runInContext("delete globalThis.WebAssembly", page);
  runInContext(code, page);
  const lines = [...document.querySelectorAll("#start-problem p, #start-problem button, #status")];
  return lines.map((line) => line.textContent ?? "");
}

const ENGLISH = [
  "This browser has no WebAssembly, which the model needs, or it is switched off (as in Lockdown Mode).",
  "Switch it on for this page, or use another browser.",
  "What you drew and trained before stays in this browser.",
  "Reload",
  "The page could not start.",
] as const;

test("a page that cannot start says why, in the language of the last start", async () => {
  const kept = JSON.stringify(start);
  assert.deepEqual(await shown({}), ENGLISH);
  assert.deepEqual(await shown({ "patchwork.start": kept }), ENGLISH, "English was chosen again");
  assert.deepEqual(await shown({ "patchwork.language": "de", "patchwork.start": kept }), ENGLISH.map((text) => start[text]));
});

test("a page that never started in German, or whose texts are damaged, says it in English", async () => {
  assert.deepEqual(await shown({ "patchwork.language": "de" }), ENGLISH);
  for (const damaged of ["{", "null"]) {
    assert.deepEqual(await shown({ "patchwork.language": "de", "patchwork.start": damaged }), ENGLISH, damaged);
  }
});
