/** The steps of the presentation: those of the current model, in order, with little text. */
import { PICTURES, drawHeads, drawRollout, type Draw } from "../flow/pictures.js";
import type { Prediction } from "../protocol/engine.js";
import { hasClassToken } from "../see/maps.js";
import { integer, plural } from "../ui/format.js";

/** One step: a heading, one sentence, a picture. */
export interface Step {
  title: string;
  words: string;
  draw: Draw;
}

const nothing: Draw = () => undefined;

/** All steps for a prediction of this model. */
export function stepsOf(prediction: Prediction): Step[] {
  const { side, grid, depth, heads, tokens, stem, stem_depth } = prediction;
  const width = prediction.class_token.length / depth;
  const step = (title: string, words: string, draw: Draw | undefined): Step => ({ title, words, draw: draw ?? nothing });
  const reader = hasClassToken(prediction) ? "The class token reads" : "All patches together read";
  return [
    step(`${side}×${side} pixels`, "This is all the model gets: grey values.", PICTURES["pixels"]),
    ...(stem > 0
      ? [step(plural(stem_depth, "convolution"), "Small filters describe the surroundings of each pixel.", PICTURES["convolutions"])]
      : []),
    step(`${integer(grid * grid)} patches`, "The image is cut up: a patch is to this model what a word is to a language model.",
      PICTURES["patches"]),
    step(`${integer(tokens)} tokens`, `Each patch becomes ${integer(width)} numbers, and its position is added.`, PICTURES["tokens"]),
    ...Array.from({ length: depth }, (_, block) =>
      step(`Block ${block + 1}: ${plural(heads, "head")}`, `${reader} mostly from the warm patches, in each head from others.`, drawHeads(block))),
    step("Over all blocks", "The answer draws most on the warm patches. This shows where, not why.", drawRollout),
    step("The answer", "One probability for each class.", PICTURES["answer"]),
  ];
}
