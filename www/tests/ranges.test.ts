import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Limit, Limits } from "../src/protocol/engine.js";
import { familyOf, keysOf, kindOf } from "../src/settings/keys.js";
import { decode, shown } from "../src/settings/link.js";
import { blamed, refused, tooLarge } from "../src/settings/problems.js";
import { inRange, mostGrid, wanted } from "../src/settings/ranges.js";

const limit = (setting: string, low: number, high: number, more: Partial<Limit> = {}): Limit => (
  { group: "model", setting, name: setting, low, high, above: false, whole: true, unit: "", ...more });
const limits: Limits = {
  settings: [
    limit("dropout", 0, 0.95, { whole: false }),
    limit("seed", 0, 2 ** 64, { group: "train" }),
    limit("learning_rate", 0, 10, { group: "train", name: "learning rate", above: true, whole: false }),
    limit("rotate", 0, 180, { group: "augment", name: "rotation", whole: false, unit: "degrees" }),
  ],
  tokens: 4097,
  parameters: 200_000_000,
  tab_memory: 2 ** 32,
};
const vit = familyOf("tiny");
const range = (key: string): Limit => {
  const kind = kindOf(vit, key, limits);
  assert.ok(kind !== null && kind !== "flag" && "number" in kind);
  return kind.number;
};

test("whole numbers beyond 32 bits, negative ones and fractions are out of range", () => {
  for (const value of [0, 4097, 2 ** 32, 2 ** 32 + 5, 1e20, -1, 2.5, Number.NaN]) {
    assert.equal(inRange(range("width"), value), false, String(value));
  }
  assert.ok(inRange(range("width"), 1) && inRange(range("width"), 4096));
  assert.ok(inRange(range("seed"), Number.MAX_SAFE_INTEGER) && !inRange(range("seed"), 2 ** 53));
  assert.ok(!inRange(range("learning_rate"), 0) && inRange(range("learning_rate"), 1e-9));
});

test("a refused field states its range", () => {
  assert.equal(wanted(range("width")), "a whole number from 1 to 4,096");
  assert.equal(wanted(range("learning_rate")), "a number above 0 and at most 10");
  assert.equal(wanted(range("rotate")), "a number from 0 to 180 degrees");
  const { key, error } = refused("width", "Width", kindOf(vit, "width", limits));
  assert.deepEqual([key, error.problem], ["width", "width must be a whole number from 1 to 4,096"]);
});

test("out-of-range values in a link are dropped with a shortened notice", () => {
  const { choice, left } = decode("tiny;width=4294967297;seed=7;depth=1e20;rotate=-3", ["tiny"], limits);
  assert.deepEqual([...choice.changes], [["seed", 7]]);
  assert.deepEqual(left, ["width=4294967297", "depth=1e20", "rotate=-3"]);
  const long = decode(`tiny;${"k".repeat(160_000)}=1;width=${"9".repeat(160_000)}`, ["tiny"], limits);
  assert.equal(long.left.length, 2);
  assert.ok(shown(long.left).length < 100, shown(long.left));
  assert.match(shown(Array.from({ length: 1000 }, (_, index) => `x${index}`)), /^x0, x1, x2, x3, x4 and 995 more$/);
});

test("an error is shown at the setting that it names, whatever its text", () => {
  const place = { file: null, row: null, column: null };
  const error = { kind: "config" as const, place: { ...place, setting: "width" }, problem: "heads, depth", help: "" };
  const keys = keysOf(vit);
  assert.equal(blamed(error, keys).key, "width");
  assert.equal(blamed({ ...error, place: { ...place, setting: "classes" } }, keys).key, null);
  assert.equal(blamed({ ...error, place }, keys).key, null);
});

test("the most patches that the token limit allows besides the class token", () => {
  assert.equal(mostGrid(limits), 64);
});

test("the settings of a family are read off its list, and no other family's are taken", () => {
  assert.equal(vit.name, "vit");
  for (const { name, kind } of vit.settings) assert.equal(kindOf(vit, name, limits), kind);
  assert.deepEqual(kindOf(vit, "pool", limits), { choice: ["class-token", "mean"] });
  assert.equal(kindOf(vit, "qk_norm", limits), "flag");
  assert.equal(kindOf(vit, "reduction", limits), null);
  const text = "tiny;pool=mean;qk_norm=yes;reduction=2;pool=none";
  const { choice, left } = decode(text, ["tiny"], limits);
  assert.deepEqual([...choice.changes], [["pool", "mean"], ["qk_norm", true]]);
  assert.deepEqual(left, ["reduction=2", "pool=none"]);
});

test("the form has no ranges of its own", () => {
  const html = readFileSync(new URL("../../sections/settings.html", import.meta.url), "utf8");
  const inputs = html.match(/<input id="set-[^>]*>/g) ?? [];
  assert.ok(inputs.length > 15);
  for (const input of inputs) assert.doesNotMatch(input, / (min|max)=/);
});

test("a run too large for any tab is refused with the size", () => {
  const refusal = tooLarge({ program: 12.9e9, total: 20e9, card: 0 }, limits);
  assert.match(refusal?.error.problem ?? "", /about 13 GB of memory; a browser tab can hold 4\.3 GB/);
  assert.match(refusal?.error.help ?? "", /smaller batch/);
  assert.equal(tooLarge({ program: 4e9, total: 20e9, card: 9e9 }, limits), null);
});
