/** What a picture of attention shows, and what it does not, in words. Independent of the page. */
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { percent, plural } from "../ui/format.js";
import { hasClassToken, isPaper, placeOf, type AttentionMap, type MapChoice, type QueryToken } from "./maps.js";

/** If the largest share is below this multiple of an equal share, the attention is called spread out. */
const SPREAD = 2;

/** What the map shows, with its largest share. */
export function sentenceOf(prediction: Prediction, choice: MapChoice, reader: QueryToken, map: AttentionMap): string {
  return `${clause(prediction, choice, reader, where(prediction, choice, map))}${remainder(choice, reader, map)}`;
}

/** The caution about what the description means. */
export function cautionOf(prediction: Prediction, choice: MapChoice): string {
  const limit = t("Attention shows where the model looked, not why: other attention can give the same prediction (Jain and Wallace 2019).");
  return `${limit} ${limitOf(prediction, choice)}`;
}

/** What this choice does not show. */
function limitOf(prediction: Prediction, choice: MapChoice): string {
  if (choice.kind === "rollout") {
    return t("Rollout is an estimate: it gives attention and the residual path around it equal weight (Abnar and Zuidema 2020).");
  }
  if (choice.kind === "mean") return t("A mean hides what each head does.");
  return t("This is one of {count} heads; no single head decides.", { count: prediction.depth * prediction.heads });
}

/** The short name of a choice, for buttons and announcements. */
export function nameOf(choice: MapChoice): string {
  if (choice.kind === "rollout") return t("All blocks, attention rollout");
  const block = choice.block + 1;
  if (choice.kind === "mean") return t("Block {block}, mean of its heads", { block });
  return t("Block {block}, head {head}", { block, head: choice.head + 1 });
}

/** The name of a query token. */
export function readerName(prediction: Prediction, reader: QueryToken): string {
  if (reader.kind === "class") return t(hasClassToken(prediction) ? "the class token" : "all patches together");
  const { row, column } = placeOf(reader.patch, prediction.grid);
  return t("the patch in row {row}, column {column}", { row, column });
}

/** The sentence around `where`. All patches together take the plural. */
function clause(prediction: Prediction, choice: MapChoice, reader: QueryToken, where: string): string {
  const together = reader.kind === "class" && !hasClassToken(prediction);
  const name = readerName(prediction, reader);
  if (choice.kind === "rollout") {
    const said = { count: prediction.depth, reader: reader.kind === "class" ? t("the answer") : name, where };
    return t(prediction.depth === 1 ? "Over its block, {reader} draws {where}." : "Over all {count} blocks, {reader} draws {where}.", said);
  }
  const block = choice.block + 1;
  if (choice.kind === "mean") {
    const said = { block, heads: plural(prediction.heads, "head"), reader: name, where };
    return together
      ? t("In block {block}, on average over its {heads}, {reader} read {where}.", said)
      : t("In block {block}, on average over its {heads}, {reader} reads {where}.", said);
  }
  const said = { block, head: choice.head + 1, reader: name, where };
  return together
    ? t("In block {block}, head {head}, {reader} read {where}.", said)
    : t("In block {block}, head {head}, {reader} reads {where}.", said);
}

function where(prediction: Prediction, choice: MapChoice, map: AttentionMap): string {
  const even = 1 / (prediction.grid * prediction.grid);
  const { row, column } = placeOf(map.peak, prediction.grid);
  const spread = map.largest < SPREAD * even;
  const said = {
    row, column,
    paper: isPaper(prediction, map.peak) ? t(", which is empty") : "",
    shares: t("{largest}; an equal share is {even}", { largest: percent(map.largest), even: percent(even) }),
  };
  if (choice.kind === "rollout") {
    return spread
      ? t("on many patches, most on the patch in row {row}, column {column}{paper} ({shares})", said)
      : t("most on the patch in row {row}, column {column}{paper} ({shares})", said);
  }
  return spread
    ? t("from many patches, most from the patch in row {row}, column {column}{paper} ({shares})", said)
    : t("most from the patch in row {row}, column {column}{paper} ({shares})", said);
}

/** What the class token gets, with a space before it; empty if that is nothing. */
function remainder(choice: MapChoice, reader: QueryToken, map: AttentionMap): string {
  if (map.classShare < 0.0005) return "";
  const share = percent(map.classShare);
  if (reader.kind === "patch") return ` ${t("Another {share} goes to the class token, which is not in the picture.", { share })}`;
  return choice.kind === "rollout"
    ? ` ${t("Another {share} comes from the class token itself and is not in the picture.", { share })}`
    : ` ${t("Another {share} goes to the class token itself and is not in the picture.", { share })}`;
}
