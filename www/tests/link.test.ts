import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLink, isOldSettingsLink, parseLink, placeIn, type PageLink } from "../src/link/address.js";
import { decodeDrawing, encodeDrawing } from "../src/link/drawing.js";
import type { Drawing } from "../src/protocol/messages.js";

test("a link is read as it was written", () => {
  const link: PageLink = {
    place: "inside", drawing: "24.AAAABBBB", block: 3, head: 2, patch: 49, lesson: "heads", settings: "tiny;patch_size=4;epochs=20",
  };
  const hash = "#inside&d=24.AAAABBBB&block=3&head=2&patch=49&lesson=heads&s=tiny;patch_size=4;epochs=20";
  assert.equal(formatLink(link), hash);
  assert.deepEqual(parseLink(hash), link);
  assert.equal(formatLink({ place: "draw" }), "#draw");
  const odd = { place: "train", settings: "a&b=c;d e%" };
  assert.deepEqual(parseLink(formatLink(odd)), odd);
});

test("older links still open: a view, a place, settings alone", () => {
  assert.deepEqual(parseLink("#inside-tokens"), { place: "inside-tokens" });
  assert.deepEqual(parseLink(""), { place: "" });
  assert.deepEqual(parseLink("#s=tiny;epochs=3"), { place: "settings", settings: "tiny;epochs=3" });
  assert.deepEqual(parseLink("#s=tiny%3Bepochs%3D3&lesson=x"), { place: "settings", settings: "tiny;epochs=3&lesson=x" });
  assert.ok(isOldSettingsLink("#s=") && !isOldSettingsLink("#see") && !isOldSettingsLink("#draw&s=tiny"));
  assert.equal(placeIn("#draw&lesson=patch"), "draw");
  const long = `tiny;${"k".repeat(160_000)}=1;depth=3`;
  assert.deepEqual(parseLink(`#s=${long}`), { place: "settings", settings: long });
});

test("what is no value of its kind is left out of a stranger's link", () => {
  assert.deepEqual(parseLink("#draw&block=-1&head=0&patch=1e3&lesson=&d=&s=&x=1&&=&constructor=1&__proto__=2"), { place: "draw" });
  assert.deepEqual(parseLink("#draw&block=0&head=99999&patch=10001"), { place: "draw", block: 0 });
  assert.deepEqual(parseLink("#draw&lesson=%E0%A4%A"), { place: "draw", lesson: "%E0%A4%A" });
  assert.deepEqual(parseLink(`#draw&d=${"A".repeat(30_000)}`), { place: "draw" });
});

test("strokes survive a link: to 12 bits a coordinate, with pressure and the pen's width", () => {
  const drawing: Drawing = {
    kind: "strokes", penWidth: 2.4,
    strokes: [{ points: [[0, 1], [0.25, 0.5], [0.2501, 0.5], [0.9, 0.123]], pressure: [] }, { points: [[0.5, 0.5]], pressure: [0.75] }],
  };
  const text = encodeDrawing(drawing) ?? "";
  assert.match(text, /^24\.[\w-]{12}\.~[\w-]{5}$/);
  assert.equal(encodeURIComponent(text), text);
  const read = decodeDrawing(text);
  assert.ok(read?.kind === "strokes");
  assert.equal(read.penWidth, 2.4);
  const expected = [[0, 1], [0.25, 0.5], [0.9, 0.123]];
  read.strokes[0]?.points.forEach(([x, y], i) => {
    assert.ok(Math.hypot(x - (expected[i]?.[0] ?? 9), y - (expected[i]?.[1] ?? 9)) < 2 / 4095, `point ${i}`);
  });
  assert.ok(Math.abs((read.strokes[1]?.pressure[0] ?? 0) - 0.75) < 1 / 63);
  assert.equal(encodeDrawing(read), text);
});

test("a long stroke is thinned and keeps its end; an image survives exactly; a picture is no part of a link", () => {
  const points = Array.from({ length: 2000 }, (_, i): [number, number] => [i / 1999, 0.5]);
  const read = decodeDrawing(encodeDrawing({ kind: "strokes", penWidth: 2, strokes: [{ points, pressure: [] }] }) ?? "");
  assert.ok(read?.kind === "strokes" && (read.strokes[0]?.points.length ?? 0) < 90);
  assert.deepEqual(read.strokes[0]?.points.at(-1)?.[0], 1);
  const pixels = Uint8Array.from({ length: 784 }, (_, i) => (i * 7) % 256);
  assert.deepEqual(decodeDrawing(encodeDrawing({ kind: "image", pixels }) ?? ""), { kind: "image", pixels });
  assert.equal(encodeDrawing({ kind: "ink", pixels, width: 28, height: 28 }), null);
  assert.equal(encodeDrawing({ kind: "image", pixels: pixels.subarray(1) }), null);
});

test("a damaged drawing is none", () => {
  const bad = ["", "24", "24.", "24.AAA", "24.AAAA.", "24.AAA!", "x.AAAA", "-1.AAAA", "24.~AAAA", "i", "iAAAA", "i!", "24.AAAA.ÄÄÄÄ",
    `24${".AAAA".repeat(101)}`, `24.${"AAAA".repeat(4001)}`, `i${"A".repeat(5000)}`];
  for (const text of bad) assert.equal(decodeDrawing(text), null, text.slice(0, 20));
  const far = decodeDrawing("999.AAAA");
  assert.ok(far?.kind === "strokes" && far.penWidth === 8);
});
