/** The steps of the presentation: those of the current model, in order, with little text. */
import { PICTURES, drawHeads, drawRollout, type Draw } from "../flow/pictures.js";
import type { Prediction } from "../protocol/engine.js";
import { hasClassToken } from "../see/maps.js";
import { t } from "../text/language.js";
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
  const reading = t(hasClassToken(prediction)
    ? "The class token reads mostly from the warm patches, in each head from others."
    : "All patches together read mostly from the warm patches, in each head from others.");
  return [
    step(t("{side}×{side} pixels", { side }), t("This is all the model gets: grey values."), PICTURES["pixels"]),
    ...(stem > 0
      ? [step(plural(stem_depth, "convolution"), t("Small filters describe the surroundings of each pixel."), PICTURES["convolutions"])]
      : []),
    step(plural(grid * grid, "patch"), t("The image is cut up: a patch is to this model what a word is to a language model."),
      PICTURES["patches"]),
    step(plural(tokens, "token"), t("Each patch becomes {width} numbers, and its position is added.", { width: integer(width) }),
      PICTURES["tokens"]),
    ...Array.from({ length: depth }, (_, block) =>
      step(t("Block {block}: {heads}", { block: block + 1, heads: plural(heads, "head") }), reading, drawHeads(block))),
    step(t("Over all blocks"), t("The answer draws most on the warm patches. This shows where, not why."), drawRollout),
    step(t("The answer"), t("One probability for each class."), PICTURES["answer"]),
  ];
}
