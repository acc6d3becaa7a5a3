import assert from "node:assert/strict";
import { test } from "node:test";
import { colourBytes, colourOf, COLOURS, textOn } from "../src/ui/colour.js";

function luminance(colour: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = colour.map((byte) => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test("the map goes from dark blue to yellow and never gets darker on the way", () => {
  assert.equal(COLOURS.length, 256 * 3);
  assert.deepEqual([...COLOURS.subarray(0, 3)], [0, 32, 77]);
  assert.deepEqual([...COLOURS.subarray(-3)], [255, 234, 70]);
  const levels = Array.from({ length: 256 }, (_, value) => luminance([...COLOURS.subarray(3 * value, 3 * value + 3)]));
  levels.slice(1).forEach((level, i) => assert.ok(level >= (levels[i] ?? 0) - 0.002, `at ${i}`));
});

test("shares outside 0 to 1 are clamped, and NaN counts as 0", () => {
  assert.deepEqual([-1, 2, Number.NaN].map(colourBytes), [colourBytes(0), colourBytes(1), colourBytes(0)]);
  assert.equal(colourOf(0, 0.5), "rgb(0 32 77 / 0.5)");
});

test("text is legible on every colour of the map", () => {
  for (let share = 0; share <= 1; share += 0.01) {
    const [ground, text] = [luminance(colourBytes(share)), textOn(share) === "#fff" ? 1 : 0];
    const contrast = (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05);
    assert.ok(contrast >= 4.5, `${contrast} at ${share}`);
  }
});
