/** What a picture of attention shows, and what it does not, in words. Independent of the page. */
import type { Prediction } from "../protocol/engine.js";
import { percent, plural } from "../ui/format.js";
import { hasClassToken, isPaper, placeOf, type AttentionMap, type MapChoice, type QueryToken } from "./maps.js";

/** If the largest share is below this multiple of an equal share, the attention is called spread out. */
const SPREAD = 2;

const LIMIT = "Attention shows where the model looked, not why: "
  + "other attention can give the same prediction (Jain and Wallace 2019).";
const ESTIMATE = "Rollout is an estimate: "
  + "it gives attention and the residual path around it equal weight (Abnar and Zuidema 2020).";

/** What the map shows, with its largest share. */
export function sentenceOf(prediction: Prediction, choice: MapChoice, reader: QueryToken, map: AttentionMap): string {
  return `${subject(prediction, choice, reader)} ${where(prediction, choice, map)}.${remainder(choice, reader, map)}`;
}

/** The caution about what the description means. */
export function cautionOf(prediction: Prediction, choice: MapChoice): string {
  if (choice.kind === "rollout") return `${LIMIT} ${ESTIMATE}`;
  if (choice.kind === "mean") return `${LIMIT} A mean hides what each head does.`;
  return `${LIMIT} This is one of ${prediction.depth * prediction.heads} heads; no single head decides.`;
}

/** The short name of a choice, for buttons and announcements. */
export function nameOf(choice: MapChoice): string {
  if (choice.kind === "rollout") return "All blocks, attention rollout";
  const block = `Block ${choice.block + 1}`;
  return choice.kind === "mean" ? `${block}, mean of its heads` : `${block}, head ${choice.head + 1}`;
}

/** The name of a query token. */
export function readerName(prediction: Prediction, reader: QueryToken): string {
  if (reader.kind === "class") return hasClassToken(prediction) ? "the class token" : "all patches together";
  const { row, column } = placeOf(reader.patch, prediction.grid);
  return `the patch in row ${row}, column ${column}`;
}

function subject(prediction: Prediction, choice: MapChoice, reader: QueryToken): string {
  const name = readerName(prediction, reader);
  if (choice.kind === "rollout") {
    return `Over ${prediction.depth === 1 ? "its block" : `all ${prediction.depth} blocks`}, ${reader.kind === "class" ? "the answer" : name} draws`;
  }
  const head = choice.kind === "mean" ? `on average over its ${plural(prediction.heads, "head")}` : `head ${choice.head + 1}`;
  // All patches together take the plural.
  return `In block ${choice.block + 1}, ${head}, ${name} ${reader.kind === "class" && !hasClassToken(prediction) ? "read" : "reads"}`;
}

function where(prediction: Prediction, choice: MapChoice, map: AttentionMap): string {
  const even = 1 / (prediction.grid * prediction.grid);
  const { row, column } = placeOf(map.peak, prediction.grid);
  const from = choice.kind === "rollout" ? "on" : "from";
  const most = map.largest < SPREAD * even ? `${from} many patches, most ${from}` : `most ${from}`;
  const paper = isPaper(prediction, map.peak) ? ", which is empty" : "";
  const shares = `${percent(map.largest)}; an equal share is ${percent(even)}`;
  return `${most} the patch in row ${row}, column ${column}${paper} (${shares})`;
}

function remainder(choice: MapChoice, reader: QueryToken, map: AttentionMap): string {
  if (map.classShare < 0.0005) return "";
  const share = percent(map.classShare);
  if (reader.kind === "patch") return ` Another ${share} goes to the class token, which is not in the picture.`;
  const held = choice.kind === "rollout" ? "comes from the class token itself" : "goes to the class token itself";
  return ` Another ${share} ${held} and is not in the picture.`;
}
