/** The predictor's worker: each message is one call of the module. */
import * as glue from "wasm:predictor";
import { failure, problem } from "../client/errors.js";
import type { Drawing, PredictorCalls } from "../protocol/messages.js";
import type { Predictor, PredictorModule } from "../protocol/wasm.js";
import { loader } from "./load.js";
import { rememberPanics } from "./panic.js";
import { serve } from "./serve.js";
import { turns } from "./turns.js";

rememberPanics();
const { load } = loader<PredictorModule>(glue);
let predictor: Predictor | null = null;
/** A model must not be freed while it predicts. */
const inTurn = turns();

/** The model's input; undefined if there is no ink. */
function imageOf(module: PredictorModule, drawing: Drawing): Uint8Array | undefined {
  switch (drawing.kind) {
    case "strokes":
      return module.image_of_strokes(drawing.strokes, drawing.penWidth);
    case "ink":
      return module.image_of_ink(drawing.pixels, drawing.width, drawing.height);
    case "image":
      return drawing.pixels;
  }
}

/** The concatenation of arrays of equal length. */
function joined(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

serve<PredictorCalls>({
  use: ({ weights }) => inTurn(async () => {
    const module = await load();
    const next = new module.Predictor(weights);
    predictor?.free();
    predictor = next;
    return { model: next.model(), parameters: next.parameters(), class_names: next.class_names() };
  }),
  predict: ({ drawing }) => inTurn(async () => {
    const module = await load();
    if (predictor === null) throw failure(problem("weights", "No model is loaded yet"));
    const started = performance.now();
    const image = imageOf(module, drawing);
    if (image === undefined) return null;
    const prediction = await predictor.predict(image);
    return { ...prediction, milliseconds: performance.now() - started };
  }),
  async presets({ side, classes }) {
    return (await load()).presets(side, classes);
  },
  async check({ settings }) {
    return (await load()).check(settings);
  },
  async limits() {
    return (await load()).limits();
  },
  async deform({ image, side, augment, seed, count }) {
    const module = await load();
    return joined(range(count).map((number) => module.deform(image, side, augment, seed, number)));
  },
  async digits({ seed }) {
    const module = await load();
    return joined(range(10).map((label) => module.builtin_digit(label, seed)));
  },
});
