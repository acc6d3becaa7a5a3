import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import type { RunSettings } from "../src/protocol/engine.js";
import { FAMILIES } from "../src/protocol/families.js";
import { keysOf, write } from "../src/settings/keys.js";
import { counts } from "../src/text/de/counts.js";
import { texts } from "../src/text/de/index.js";
import { ofEngine as ofReports, patterns } from "../src/text/de/reports.js";
import { ofEngine, setLanguage, setReports } from "../src/text/language.js";
import { settingDifferences } from "../src/ui/settings-words.js";
import { rustTexts, shapeOf, sources } from "./sources.js";

/** Parts of the engine (`crate/`) whose texts reach the page. */
const REPORTING = [
  "arch/check.rs", "checkpoint.rs", "config", "data", "device/mod.rs", "error.rs", "families", "limits.rs", "metrics.rs", "model/leaves.rs",
  "model/plan.rs", "model/read.rs", "predictor.rs", "protocol/race.rs", "report/metrics.rs", "train", "web", "weights.rs", "workspace",
];

/** Parts of these that no page uses. */
const NOT_REPORTING = ["data/corrupt.rs", "data/not_digits.rs", "train/adapt.rs"];

/** What these say elsewhere: on the command line, in a file, to a developer. */
const NOT_ON_THE_PAGE = new Set([
  "a share of {} is not between 0 and 1", "the two models have different shapes: {}", "Take a model and one that was trained further from it (--from)",
  "Trained with Patchwork for {} in a browser", "as many numbers as there are weights", "a part without a fused operation needs the feature `operations`",
  "Stages given as data, for architectures of one's own", "version https://git-lfs", "a label: a whole number 0–255 or a word", "at line",
]);

/** What the engine joins from parts, and its translations. */
const IN_PARTS: Record<string, string[]> = {
  "{} {} too few to train on and to validate": ["{} image is too few to train on and to validate", "{} images are too few to train on and to validate"],
  "image is": [], "images are": [],
  "{} {} for each contestant": ["{} image for each contestant", "{} images for each contestant"],
  "{}; labels from {}": ["labels from {}"],
  "made on the spot, seed {}, {} of 28×28, 10 classes": ["made on the spot", "seed {}"],
  "CSV, {}": ["CSV"], "pen strokes{}": ["pen strokes", "pen strokes of {}"], "of {}": [], "blank row": [],
  "as letters": ["{} as letters"], "as words": ["{} as words"],
  "label in columns {}–{}, one for each class": ["label in columns {}–{}", "one for each class"],
};

after(() => setLanguage("en", {}));

test("a text has one translation", async () => {
  const names = (await readdir("src/text/de")).filter((name) => name !== "index.ts" && name !== "reports.ts");
  const files = await Promise.all(names.map((name) => readFile(join("src/text/de", name), "utf8")));
  const entries = files.flatMap((file) => Array.from(file.matchAll(/^  ("(?:[^"\\]|\\.)*"): ("(?:[^"\\]|\\.)*"),$/gm), ([, key = "", text = ""]) => [key, text] as const));
  assert.ok(entries.length > Object.keys(texts).length);
  const first = new Map([...entries].reverse());
  assert.deepEqual(entries.filter(([key, text]) => first.get(key) !== text), []);
});

test("what the engine says is translated", async () => {
  const said = await engineTexts();
  const known = new Set([...Object.keys(patterns), ...Object.keys(texts)].map(shapeOf));
  assert.deepEqual([...said.long].filter((text) => !known.has(text) && !NOT_ON_THE_PAGE.has(text) && !(text in IN_PARTS)), []);
  assert.deepEqual([...NOT_ON_THE_PAGE, ...Object.keys(IN_PARTS)].filter((text) => !said.all.has(text)), []);
});

test("no translation of a report is unused", async () => {
  const said = (await engineTexts()).all;
  for (const text of [...(await workerTexts()), ...Object.values(IN_PARTS).flat(), "worker {} of {}"]) said.add(text);
  assert.deepEqual(Object.keys(patterns).filter((key) => !said.has(shapeOf(key))), []);
});

test("a report is translated with what stands in it, or stays as it is", () => {
  setLanguage("de", texts);
  setReports(ofReports);
  const cases = {
    "attention dropout 0.99 is not between 0 and 0.95": "Attention-Dropout 0,99 passt nicht, nötig: zwischen 0 und 0,95",
    "rotation 200 is not between 0 and 180 degrees": "Drehung 200 passt nicht, nötig: zwischen 0 und 180 Grad",
    "60 labels for 1 image": "60 Bezeichnungen für 1 Bild",
    "CSV, semicolon, header, label in column 1 ('label') as words, gzip, 60,000 images of 28×28, 10 classes":
      "CSV, Semikolon, Kopfzeile, Bezeichnung in Spalte 1 („label“) als Wörter, gzip, 60.000 Bilder von 28×28, 10 Klassen",
    "the pixel is '1.5', not a number 0–255": "der Pixel ist '1.5', keine Zahl von 0 bis 255",
    "the pixel is missing, not a number 0–1": "der Pixel ist leer, keine Zahl von 0 bis 1",
    "the weights and the settings are of different models: width 64 and 32, patch size 7 and 4":
      "Gewichte und Einstellungen gehören zu verschiedenen Modellen: Breite 64 und 32, Patchgröße 7 und 4",
    "the classes of the file are images, weights, those of the model are 0–9": "die Klassen der Datei sind images, weights, die des Modells sind 0–9",
    "IDX images, gzip, 5,000 images of 28×28, 10 classes; labels from 5,000 MNIST labels":
      "IDX-Bilder, gzip, 5.000 Bilder von 28×28, 10 Klassen; Bezeichnungen aus 5.000 Bezeichnungen aus MNIST",
    "IDX labels, 60,000 labels, 10 classes; labels from mine.idx": "IDX-Bezeichnungen, 60.000 Bezeichnungen, 10 Klassen; Bezeichnungen aus mine.idx",
    "made on the spot, seed 3, 600 images of 28×28, 10 classes": "hier erzeugt, Startwert 3, 600 Bilder von 28×28, 10 Klassen",
    "This browser does not offer WebGPU on this page, so training runs on the CPU. Safari supports it from version 26 on.":
      "Dieser Browser bietet auf dieser Seite kein WebGPU an; darum trainiert die CPU. Safari kann es ab Version 26.",
    "the last row is cut off: 3 cells where the first row has 785": "die letzte Zeile ist abgeschnitten: 3 Zellen, wo die erste Zeile 785 hat",
    "The nearest sizes are 28×28 (784 columns, or 785 with a label) and 29×29 (841 columns, or 842 with a label)":
      "Die nächsten Größen sind 28×28 (784 Spalten oder 785 mit Bezeichnung) und 29×29 (841 Spalten oder 842 mit Bezeichnung)",
    "patches of 4×4 cut the image into 4097 tokens, more than 4096": "Patches von 4×4 zerlegen das Bild in 4097 Tokens, mehr als 4096",
    "the classes of the file are cat, dog and 12 more, those of the model are 0–9": "die Klassen der Datei sind cat, dog und 12 weitere, die des Modells sind 0–9",
    "tiny: the loss became NaN": "tiny: der Loss wurde NaN",
    "The worker stopped: out of memory": "Der Programmteil „Worker“ ist abgebrochen: out of memory",
    "worker 2 of 4, evaluating": "Worker 2 von 4, beim Auswerten",
    "The engine did not arrive (the server says 503)": "Der Rechenteil: nicht angekommen (der Server sagt 503)",
    "something of which nothing is known": "something of which nothing is known",
    "a cat and 3 dogs": "a cat and 3 dogs",
  };
  assert.deepEqual(Object.fromEntries(Object.keys(cases).map((text) => [text, ofEngine(text)])), cases);
  setLanguage("en", {});
  assert.equal(ofEngine("60 labels for 1 image"), "60 labels for 1 image");
});

test("a text that fits patterns in many ways is soon given up", () => {
  setLanguage("de", texts);
  setReports(ofReports);
  const begun = performance.now();
  for (const one of ["width 64 and 32, ", "5 images but ", "a: "]) {
    const text = `${one.repeat(Math.floor(990 / one.length))}nobody knows`;
    assert.equal(ofEngine(text), text);
  }
  setLanguage("en", {});
  assert.ok(performance.now() - begun < 5000);
});

test("every setting of a form is called something in German", () => {
  const sets = [1, 2].map((value) => {
    const settings = { model: {}, train: { augment: {} } } as unknown as RunSettings;
    for (const key of new Set(FAMILIES.flatMap(keysOf))) write(settings, key, value);
    return settings;
  });
  const english = settingDifferences(sets).map(({ name }) => name);
  assert.ok(english.length > 40);
  setLanguage("de", texts);
  const german = settingDifferences(sets).map(({ name }) => name);
  setLanguage("en", {});
  assert.deepEqual(german.filter((name) => english.includes(name)), []);
});

/** The texts of the engine with `{}` for each placeholder: all of them, and those of several words. */
async function engineTexts(): Promise<{ all: Set<string>; long: Set<string> }> {
  const names = (await readdir("../crate", { recursive: true })).filter((name) => name.endsWith(".rs"));
  const reporting = names.filter((name) => !NOT_REPORTING.includes(name) && REPORTING.some((place) => name === place || name.startsWith(`${place}/`)));
  const all = await Promise.all(reporting.map(async (name) => rustTexts(await readFile(join("../crate", name), "utf8"))));
  const said = new Set(all.flat().map(shapeOf));
  const nouns = [...said].filter((text) => /^[a-z ]+$/.test(text));
  const counted = nouns.flatMap((noun) => [`{} ${noun}`, `{} ${noun}s`]);
  const long = [...said].filter((text) => /\p{L}{2,}[,.;:]? [\p{L}{(]|\} \p{L}{2,}/u.test(text));
  return { all: new Set([...said, ...counted, ...Object.keys(counts).map(shapeOf)]), long: new Set(long) };
}

/** The literals of the scripts that run in workers, or that they share with the page. */
async function workerTexts(): Promise<string[]> {
  const scripts = [...(await sources())].filter(([name]) => /^(workers|device|client)\//.test(name)).map(([, text]) => text);
  const literals = scripts.join("\n").matchAll(/"((?:[^"\\\n]|\\.)*)"|`([^`]*)`/g);
  return Array.from(literals, ([, one, other]) => shapeOf((one ?? other ?? "").replaceAll("\\", "")));
}
