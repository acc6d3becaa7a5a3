/** The example of the first visit: its strokes, and the shipped model's prediction for it. */
import type { Prediction } from "../protocol/engine.js";
import { PREDICTION, PEN_WIDTH, STROKES } from "./recorded.js";

export { PEN_WIDTH, STROKES };

/** The recorded prediction. Attention is stored coarsely, so shares are accurate to a few percent. */
export function recordedPrediction(): Prediction {
  const { tokens, heads } = PREDICTION;
  const attention = shares(PREDICTION.attention);
  return {
    ...sizes(),
    image: bytes(PREDICTION.image),
    probabilities: Float32Array.from(PREDICTION.probabilities),
    sure: PREDICTION.sure,
    unlike: PREDICTION.unlike,
    plain: true,
    attention,
    mean: meanOverHeads(attention, heads, tokens * tokens),
    rollout: shares(PREDICTION.rollout),
    class_token: signed(bytes(PREDICTION.classToken.bytes)).map((value) => value * PREDICTION.classToken.scale),
    milliseconds: 0,
  };
}

function sizes(): Pick<Prediction, "side" | "depth" | "heads" | "tokens" | "grid" | "patch" | "padding" | "stem" |
  "stem_depth"> {
  const { side, depth, heads, tokens, grid, patch, padding, stem, stem_depth } = PREDICTION;
  return { side, depth, heads, tokens, grid, patch, padding, stem, stem_depth };
}

/**
 * Rows of square roots, one character each, quantised in steps of the row's maximum; each row is normalised to sum to
 * 1.
 */
function shares(text: string): Float32Array {
  const { tokens, levels } = PREDICTION;
  const values = Float32Array.from(text, (character) => Number.parseInt(character, levels) ** 2);
  for (let start = 0; start < values.length; start += tokens) {
    const row = values.subarray(start, start + tokens);
    const sum = row.reduce((total, value) => total + value, 0);
    row.forEach((value, index) => (row[index] = value / sum));
  }
  return values;
}

/** `[depth, heads, area]` to `[depth, area]`. */
function meanOverHeads(values: Float32Array, heads: number, area: number): Float32Array {
  const mean = new Float32Array(values.length / heads);
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor(i / (heads * area)) * area + (i % area);
    mean[at] = (mean[at] ?? 0) + (values[i] ?? 0) / heads;
  }
  return mean;
}

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function signed(values: Uint8Array): Float32Array {
  return Float32Array.from(new Int8Array(values.buffer));
}
