/** Why the attention of a model is not shown in numbers. Independent of the page. */
import type { ActiveModel } from "../app.js";
import type { BlockStructure, Prediction, StageStructure } from "../protocol/engine.js";
import { t } from "../text/language.js";

/** Multiply-adds of one image above which it would take too long to compute a model a second time with every stroke. */
const LARGEST = 150e6;

/** The reason, or null if it is shown. */
export function reasonAgainst({ info }: Pick<ActiveModel, "info">, prediction: Prediction): string | null {
  // A model without a family is a `vit`.
  const family = (info.model.family as string | undefined) ?? "vit";
  if (!prediction.plain || family !== "vit") {
    return `${t("Only plain Vision Transformers are shown in numbers.")} ${difference(prediction.parts?.structure.stages ?? [])}`;
  }
  if (costOf(info.parameters, prediction) > LARGEST) return t("This model is too large to be calculated a second time on this page.");
  return null;
}

/** The multiply-adds of an image, roughly: each parameter once for each token, and each token with each other. */
function costOf(parameters: number, { tokens, class_token }: Prediction): number {
  return tokens * parameters + 2 * tokens * tokens * class_token.length;
}

/** What is different in a model that is no plain Vision Transformer. */
function difference(stages: readonly StageStructure[]): string {
  const some = (test: (block: BlockStructure, stage: StageStructure) => boolean): boolean =>
    stages.some((stage) => stage.blocks.some((block) => test(block, stage)));
  if (some(({ implied }) => implied)) return t("This one never computes the shares of single keys.");
  if (some(({ heads }) => heads === 0)) return t("In this one, some blocks have no attention.");
  if (some(({ windows }) => windows !== undefined)) return t("In this one, tokens read only within windows.");
  if (some(({ gates }) => gates !== undefined)) return t("In this one, a part of each share depends only on where keys lie.");
  if (some(({ relative }) => relative)) return t("In this one, scores also count where a key lies.");
  if (some(({ keys }, { tokens }) => keys !== undefined && keys.rows !== tokens.rows)) return t("In this one, keys are put together from several tokens.");
  return t("This one makes its tokens or its answer in another way.");
}
