/** The parts of a model in words, from its structure alone. Independent of the page. */
import type { BlockStructure, Prediction, StageStructure, Structure, TokenGrid } from "../protocol/engine.js";
import { integer, percent, plural } from "../ui/format.js";
import { areaOf, tokenOf, type AreaMap, type Layer, type Query, type View } from "./geometry.js";

/** If the largest share is below this multiple of an equal share, the attention is called spread out. */
const SPREAD = 2;

const LIMIT = "Attention shows where the model looked, not why: "
  + "other attention can give the same prediction (Jain and Wallace 2019).";
const ESTIMATE = "Rollout is an estimate: "
  + "it gives attention and the residual path around it equal weight (Abnar and Zuidema 2020).";
const IMPLIED = "This model never forms these weights: it sums up what all tokens offer once, and each token reads that "
  + "sum through features of its own, so that work grows with the number of tokens and not with its square. The weights "
  + "here follow from those features, and are computed only to be shown.";
const FRONT = ["the class token", "the distillation token"];

/** "14×14", or a number where there is no grid. */
export function gridText({ rows, columns }: TokenGrid): string {
  return `${integer(rows)}×${integer(columns)}`;
}

/** "2×2 pixels". */
function areaText({ side }: TokenGrid): string {
  return side === 1 ? "1 pixel" : `${side}×${side} pixels`;
}

/** The heading of a stage. */
export function stageName({ stages }: Structure, stage: number): string {
  const tokens = stages[stage]?.tokens;
  const grid = tokens ? `${gridText(tokens)} tokens` : "";
  return stages.length === 1 ? grid : `Stage ${stage + 1}: ${grid}`;
}

/** How a stage gets its tokens. */
export function tokensText(stage: StageStructure, index: number): string {
  const { convolutions, tokens, tokens_from: from, width } = stage;
  const count = integer(tokens.rows * tokens.columns);
  const each = `${count} tokens of ${integer(width)} numbers`;
  const last = convolutions.at(-1);
  const margin = index === 0 && tokens.before > 0 ? `, with an empty margin of ${plural(tokens.before, "pixel")} so that all squares are whole,` : "";
  if (from === "merging") {
    return `Four neighbouring tokens at a time are merged into one: ${each}, each for ${areaText(tokens)} of the image.`;
  }
  if (from === "before") {
    const joined = tokens.front > 0 ? ", and the class token joins them" : "";
    return `The ${count} tokens of the stage before go on as they are${joined}.`;
  }
  if (from === "first-block") {
    return `The first block makes one token of four neighbours: ${each}, each for ${areaText(tokens)} of the image.`;
  }
  if (from === "patches" && convolutions.length === 1) {
    const what = index === 0 ? `The image${margin} is cut into squares of ${areaText(tokens)}`
      : `The map of the stage before is cut into squares of ${last?.window ?? 1}×${last?.window ?? 1} tokens`;
    return `${what}, and a learned matrix turns each into a token: ${each}${index === 0 ? "" : `, each for ${areaText(tokens)} of the image`}.`;
  }
  const what = index === 0 ? `the image${margin}` : "the map of the stage before";
  const pooled = last && last.pooling > 1 ? `, each followed by pooling, which keeps the largest number of its surroundings in every ${ordinal(last.pooling)} row and column,` : "";
  const filters = convolutions.map(({ window, stride }) => `${window}×${window}${stride > 1 ? ` in steps of ${stride}` : ""}`);
  return `${capitalCount(convolutions.length)} over ${what} (${filters.join(", ")})${pooled} ${convolutions.length === 1 ? "makes" : "make"} ${each}. `
    + `Their windows overlap, so a token also knows the surroundings of the ${areaText(tokens)} that it stands for.`;
}

function ordinal(step: number): string {
  return step === 2 ? "second" : `${step}th`;
}

function capitalCount(count: number): string {
  return count === 1 ? "A convolution" : `${count} convolutions, one after the other,`;
}

/** Tokens in front, and positions. */
export function extrasText({ tokens, positions, blocks }: StageStructure): string {
  const front = tokens.front === 0 ? ""
    : tokens.front === 1 ? "One more token comes first and lies nowhere in the image: the class token. "
      : "Two more tokens come first and lie nowhere in the image: the class token, and the distillation token, which learns from the answers of a teacher. ";
  const without = blocks.some(({ relative }) => relative) ? "" : "No positions are added to the tokens.";
  return `${front}${positions ? "A learned position is added to each token." : without}`.trim();
}

/** What the blocks of a stage do, one sentence for each kind of block. */
export function blocksText(blocks: readonly BlockStructure[], tokens: TokenGrid): string {
  if (blocks.length === 0) return "";
  const said = blocks.map((block) => blockText(block, tokens, blocks));
  return [`${plural(blocks.length, "block")} follow${blocks.length === 1 ? "s" : ""}.`, ...new Set(said.filter((text) => text !== ""))].join(" ");
}

function blockText(block: BlockStructure, tokens: TokenGrid, blocks: readonly BlockStructure[]): string {
  const { heads, keys, windows, implied, relative, gates } = block;
  if (heads === 0) {
    return "A block has no attention: convolutions mix each token with its neighbours, whatever they hold, and the result is added to the token.";
  }
  const each = `in ${plural(heads, "head")}`;
  const placed = relative ? " How far away a token lies, and in which direction, counts too." : "";
  if (gates) {
    return `Tokens read ${each} from all tokens. Each head mixes two attentions: one by what tokens hold, and one by where they lie, which begins as a convolution does. Its gate, which is learned, says how much the second counts.`;
  }
  if (!keys) return `Tokens read ${each}, from a few learned mixtures of all tokens instead of from each of them.`;
  if (implied) return `Tokens read ${each}, with linear attention: its cost grows with the number of tokens, not with its square.`;
  if (windows) {
    const whole = windows.side >= tokens.rows && windows.side >= tokens.columns;
    if (whole) return `Tokens read ${each} from all tokens of the map, which is a single window.${placed}`;
    const moved = blocks.some((one) => (one.windows?.shift ?? 0) > 0);
    const shift = moved ? "; in every second block the windows are moved, so that neighbours that a window's edge has parted meet there" : "";
    return `Tokens read ${each} only from their own window of ${windows.side}×${windows.side} tokens${shift}.${placed}`;
  }
  if (keys.side > tokens.side) {
    return `Tokens read ${each}, not from each other one by one but from ${gridText(keys)} areas of ${areaText(keys)}, each put together from the tokens there.`;
  }
  return `Tokens read ${each} from all tokens.${placed}`;
}

/** How a stage gets its tokens, in a few words. */
export function stageBrief({ convolutions, tokens, tokens_from: from, width }: StageStructure, index: number): string {
  const each = `a token of ${integer(width)} numbers`;
  if (from === "merging") return `Four neighbouring tokens at a time are merged into ${each}.`;
  if (from === "before") return `The tokens of the stage before go on${tokens.front > 0 ? ", and the class token joins them" : ""}.`;
  if (from === "first-block") return `The first block makes ${each} of four neighbours.`;
  if (from === "patches" && convolutions.length === 1) {
    return index === 0 ? `The image is cut up: each square becomes ${each}.` : `The map is cut up again: each square becomes ${each}.`;
  }
  const what = convolutions.length === 1 ? "A convolution makes" : `${convolutions.length} convolutions make`;
  return `${what} tokens of ${integer(width)} numbers that also know their surroundings.`;
}

/** What a block does, in a few words, beside the pictures of its heads. */
export function blockBrief(block: BlockStructure, tokens: TokenGrid, query: Query): string {
  const { heads, keys, windows, implied, gates, note } = block;
  if (heads === 0) return "No attention: convolutions mix each token with its neighbours. Dark is negative, yellow positive.";
  if (!keys) return note ?? "";
  const token = tokenOf(tokens, query);
  const reader = token === null ? "All tokens together read" : "The class token reads";
  if (gates) {
    return `${reader} by what tokens hold and by where they lie. Where they lie makes up ${gates.map((gate) => percent(gate)).join(", ")} of the heads.`;
  }
  if (windows && (windows.side < tokens.rows || windows.side < tokens.columns)) {
    const moved = windows.shift > 0 ? `, here moved by ${plural(windows.shift, "token")}` : "";
    return `Each token reads from its own window alone${moved}. The thick lines part the windows.`;
  }
  if (keys.side > tokens.side) return `${reader} mostly from the warm areas, each put together from several tokens.`;
  return `${reader} mostly from the warm places${heads > 1 ? ", in each head from others" : ""}.${implied ? " The model itself never forms these weights." : ""}`;
}

/** What the answer is computed from. */
export function answerText({ read }: Structure): string {
  switch (read) {
    case "class":
      return "A last matrix turns the class token into a score for each class: the logits.";
    case "class-and-distillation":
      return "The class token and the distillation token each have a last matrix of their own, which gives a score for each class: the logits. The answer is the mean of both.";
    case "mean":
      return "This model has no class token: a last matrix turns the mean of all tokens into a score for each class: the logits.";
    case "weighted":
      return "This model has no class token: a small layer decides how much each token counts, and a last matrix turns their sum into a score for each class: the logits.";
  }
}

/** The short name of a view, for buttons and announcements. */
export function viewName(view: View): string {
  switch (view.kind) {
    case "rollout":
      return "Attention rollout";
    case "pooling":
      return "How much each token counts in the answer";
    case "mean":
      return `Block ${view.layer + 1}, mean of its heads`;
    case "head":
      return `Block ${view.layer + 1}, head ${view.head + 1}`;
    case "channels":
      return `Block ${view.layer + 1}, channels`;
  }
}

/** The name of what reads, in a grid of tokens. */
export function queryName(query: Query, tokens: TokenGrid): string {
  const token = tokenOf(tokens, query);
  if (token === null) return "all tokens together";
  if (token < tokens.front) return FRONT[token] ?? `token ${token + 1} in front`;
  return `the token in ${placeText(tokens, token - tokens.front)}`;
}

/** "row 3, column 4". */
function placeText({ columns }: TokenGrid, place: number): string {
  return `row ${Math.floor(place / columns) + 1}, column ${(place % columns) + 1}`;
}

/** What the picture shows, with its largest share. */
export function mapText(prediction: Prediction, view: View, layer: Layer | null, map: AreaMap, query: Query): string {
  const tokens = layer?.tokens ?? map.grid;
  const name = queryName(query, tokens);
  const together = tokenOf(tokens, query) === null;
  const shares = `${percent(map.largest)}; an equal share is ${percent(1 / map.readable)}`;
  const spread = map.largest * map.readable < SPREAD;
  const paper = isPaper(prediction, map) ? ", which is empty" : "";
  const area = map.grid.side > tokens.side ? "area" : "place";
  const where = `the ${area} in ${placeText(map.grid, map.peak)}${paper} (${shares})`;
  if (view.kind === "pooling") return `In the answer, the token in ${placeText(map.grid, map.peak)} counts most (${shares}).`;
  if (view.kind === "rollout") {
    const who = together ? "what the answer is read from draws" : `${name} draws`;
    const blocks = prediction.parts?.structure.stages.length === 1 ? "Over all blocks" : "Over the blocks of the last stage";
    return `${blocks}, ${who} ${spread ? "on many places, most on" : "most on"} ${where}.${frontText(map, tokens)}`;
  }
  const head = view.kind === "mean" && layer ? onAverage(layer.block.heads) : `head ${view.kind === "head" ? view.head + 1 : 1}`;
  const window = map.window ? ` It reads only from its window, which is framed: ${integer(map.readable)} tokens.` : "";
  return `In block ${(layer?.index ?? 0) + 1}, ${head}, ${name} ${together ? "read" : "reads"} ${spread ? "from many places, most from" : "most from"} ${where}.${window}${frontText(map, tokens)}${gateText(view, layer)}`;
}

/** How much position alone counts in a head with a gate. */
function gateText(view: View, layer: Layer | null): string {
  const gates = layer?.block.gates ?? [];
  const gate = view.kind === "head" ? gates[view.head] : gates.reduce((sum, one) => sum + one, 0) / gates.length;
  if (gate === undefined || Number.isNaN(gate)) return "";
  return ` Where tokens lie makes up ${percent(gate)} of this${view.kind === "head" ? "" : ", on average"}, what they hold the rest.`;
}

function onAverage(heads: number): string {
  return heads === 1 ? "with its only head" : `on average over its ${plural(heads, "head")}`;
}

function frontText({ front }: AreaMap, tokens: TokenGrid): string {
  if (front < 0.0005) return "";
  const what = tokens.front > 1 ? "the class and distillation tokens, which are" : "the class token, which is";
  return ` Another ${percent(front)} goes to ${what} not in the picture.`;
}

function isPaper({ image, side }: Prediction, { grid, peak }: AreaMap): boolean {
  const area = areaOf(grid, peak);
  for (let y = Math.max(0, area.y); y < Math.min(side, area.y + area.side); y++) {
    for (let x = Math.max(0, area.x); x < Math.min(side, area.x + area.side); x++) if ((image[y * side + x] ?? 0) > 0) return false;
  }
  return true;
}

/** The caution about what the picture means. */
export function cautionText(view: View, layer: Layer | null, stages: number): string {
  if (view.kind === "channels") return "These are numbers inside the model, not shares of attention: nothing here was chosen by what the image shows.";
  if (view.kind === "pooling") return "A weight says how much a token counts in the answer, not what it says.";
  const implied = layer?.block.implied ? ` ${IMPLIED}` : "";
  const shifted = (layer?.block.windows?.shift ?? 0) > 0 ? " The windows of this block are moved: compare it with the block before." : "";
  if (view.kind === "rollout") return `${LIMIT} ${ESTIMATE}${stages > 1 ? " It covers the last stage, on whose grid all blocks agree." : ""}`;
  return `${LIMIT}${view.kind === "mean" && (layer?.block.heads ?? 0) > 1 ? " A mean hides what each head does." : ""}${shifted}${implied}`;
}

/** What the channels of a block are. */
export function channelsText({ index, tokens }: Layer, channels: number): string {
  return `Block ${index + 1} holds ${plural(channels, "channel")} on a map of ${gridText(tokens)} places. Each small picture is one of them: `
    + "dark where it is negative, yellow where it is positive, scaled to its own largest number.";
}
