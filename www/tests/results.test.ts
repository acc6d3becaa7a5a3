import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRecord } from "../src/protocol/messages.js";
import { inWords } from "../src/results/corrections.js";
import { luminance, shade, type Colour } from "../src/results/shade.js";
import { reached, weakest } from "../src/run/end.js";
import { words } from "../src/run/plan.js";

/** Light and dark: the card and the colour of mistakes. */
const THEMES: [card: Colour, ink: Colour][] = [[[255, 255, 255], [179, 38, 30]], [[29, 29, 35], [255, 138, 128]]];

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

const bytes = (background: string): Colour => (background.match(/\d+/g) ?? []).map(Number) as unknown as Colour;

test("more mistakes are further from the card, in light and in dark, and all can be read", () => {
  for (const [card, ink] of THEMES) {
    const shades = [1, 2, 3, 4, 5, 6].map((count) => shade(count / 6, card, ink));
    const away = shades.map(({ background }) => contrast(luminance(bytes(background)), luminance(card)));
    assert.ok(away.every((value, i) => i === 0 || value > (away[i - 1] ?? 0)), away.join());
    assert.ok((away[5] ?? 0) > 2 * (away[0] ?? 0), "six look far heavier than one");
    for (const { background, text } of shades) {
      assert.ok(contrast(luminance(bytes(background)), text === "#000" ? 0 : 1) >= 4.5, background);
    }
  }
});

test("corrections in words", () => {
  assert.equal(inWords([3]), "1 image relabelled.");
  assert.equal(inWords([null, 1, null]), "1 image relabelled, 2 images left out.");
});

test("the weakest is the kind of mistake with the largest share of its class", () => {
  assert.deepEqual(weakest([[10, 2, 0], [1, 3, 0], [0, 0, 9]]), { label: 1, prediction: 0, count: 1, of: 4 });
  assert.equal(weakest([[1, 0], [0, 1]]), null);
});

test("the end of a run says what was reached", () => {
  const row = { epoch: 2, seconds: 61, validation_accuracy: 0.975, validation_loss: 0.1 };
  const run = {
    history: [{ ...row, epoch: 1, validation_accuracy: 0.9 }, row], test: { accuracy: 0.97, loss: 0, confusion: [] },
    data: { material: { validation: 500, test: 400 } },
  } as unknown as RunRecord;
  assert.equal(reached(run), "2 epochs in 1 min 1 s: 97.5 % of 500 validation images correct in epoch 2; "
    + "97.0 % of 400 test images, which it had never seen.");
  assert.equal(reached({ ...run, history: [] }), "");
});

test("the plan says what Start will do", () => {
  const plan = {
    preset: "starter", model: {} as never, cost: { parameters: 187_306 } as never, epochs: 10, seconds: 52, measured: "as measured here",
    data: { train: 4000, validation: 500, test: 500, name: "mine.csv" },
  };
  assert.equal(words(plan), "Start trains the model “starter” (187,306 parameters) for 10 epochs on 4,000 images: mine.csv. "
    + "500 are held back to choose the best epoch, 500 to test it at the end. It should take about 50 s (as measured here).");
  assert.match(words({ ...plan, data: null, seconds: null }), /^Start needs images to train on/);
});
