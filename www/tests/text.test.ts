import assert from "node:assert/strict";
import { test } from "node:test";
import { CATALOGUES, isLanguage, LANGUAGES, languageFor, placeholdersOf, say } from "../src/text/catalogue.js";
import { en, type TextKey } from "../src/text/en.js";

test("every language has the keys and placeholders of English, and no text is empty", () => {
  assert.deepEqual(LANGUAGES, ["en", "de"]);
  for (const language of LANGUAGES) {
    const texts = CATALOGUES[language];
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(en).sort(), language);
    for (const [key, text] of Object.entries(texts)) {
      assert.notEqual(text.trim(), "", `${language} ${key}`);
      assert.deepEqual(placeholdersOf(text), placeholdersOf(en[key as TextKey]), `${language} ${key}`);
    }
  }
});

test("the first of a person's languages that there is counts", () => {
  assert.equal(languageFor(["fr-FR", "de-AT", "en"]), "de");
  assert.equal(languageFor(["en-GB", "de"]), "en");
  assert.equal(languageFor(["C", "", "deu", "ja"]), "en");
  assert.ok(isLanguage("de") && !isLanguage("fr") && !isLanguage(3) && !isLanguage("toString"));
});

test("numbers are written as the language writes them", () => {
  const values = { first: "4", share: { probability: 0.5231 }, second: "9", other: { probability: 0.41 }, lead: { number: -0.24, decimals: 1 } };
  assert.match(say("en", { text: "unsure.drawn", values }), /^4: 52\.3\u00a0%, 9: 41\.0\u00a0%.* only −0\.2;/);
  assert.match(say("de", { text: "unsure.drawn", values }), /^4: 52,3\u00a0%, 9: 41,0\u00a0%.* nur um −0,2;/);
  const training = { parameters: { count: 162554 }, images: { count: 4000 }, chance: { share: 0.1 } };
  assert.match(say("en", { text: "training.started", values: training }), /^162,554 parameters .* 4,000 .* 10\.0\u00a0% of/);
  assert.match(say("de", { text: "training.started", values: training }), /^162\.554 Parameter .* 4\.?000 .* 10,0\u00a0% davon/);
});

test("a probability is not rounded to certainty, and what is missing stays visible", () => {
  const drawn = (share: number): string => say("en", { text: "order.drawn", values: { class: "3", share: { probability: share } } });
  assert.match(drawn(0.99981), /3: >\u00a099\.9\u00a0%/);
  assert.match(drawn(0.0001), /3: <\u00a00\.1\u00a0%/);
  assert.match(drawn(Number.NaN), /3: –/);
  assert.match(say("en", { text: "order.drawn", values: { class: "3" } }), /\{share\}/);
  assert.match(say("de", { text: "look.firsted", values: { reader: { text: "reader.class" } } }), /das Klassen-Token/);
});
