/** The parts of a model in words, from its structure alone. Independent of the page. */
import type { BlockStructure, Prediction, StageStructure, Structure, TokenGrid } from "../protocol/engine.js";
import { ofEngine, t } from "../text/language.js";
import { integer, percent, plural } from "../ui/format.js";
import { areaOf, tokenOf, type AreaMap, type Layer, type Query, type View } from "./geometry.js";

/** If the largest share is below this multiple of an equal share, the attention is called spread out. */
const SPREAD = 2;

/** The tokens in front, by their position. */
const FRONT = ["the class token", "the distillation token"] as const;

/** "14×14", or a number where there is no grid. */
export function gridText({ rows, columns }: TokenGrid): string {
  return `${integer(rows)}×${integer(columns)}`;
}

/** "2×2 pixels". */
function areaText({ side }: TokenGrid): string {
  return side === 1 ? plural(1, "pixel") : t("{side}×{side} pixels", { side });
}

/** The heading of a stage. */
export function stageName({ stages }: Structure, stage: number): string {
  const tokens = stages[stage]?.tokens;
  const grid = tokens ? t("{grid} tokens", { grid: gridText(tokens) }) : "";
  return stages.length === 1 ? grid : t("Stage {number}: {grid}", { number: stage + 1, grid });
}

/** How a stage gets its tokens. */
export function tokensText(stage: StageStructure, index: number): string {
  const { convolutions, tokens, tokens_from: from, width } = stage;
  const [count, area] = [integer(tokens.rows * tokens.columns), areaText(tokens)];
  const each = t("{count} tokens of {width} numbers", { count, width: integer(width) });
  if (from === "merging") return t("Four neighbouring tokens at a time are merged into one: {each}, each for {area} of the image.", { each, area });
  if (from === "before") {
    return tokens.front > 0 ? t("The {count} tokens of the stage before go on as they are, and the class token joins them.", { count })
      : t("The {count} tokens of the stage before go on as they are.", { count });
  }
  if (from === "first-block") return t("The first block makes one token of four neighbours: {each}, each for {area} of the image.", { each, area });
  const margin = index === 0 && tokens.before > 0
    ? t("The image gets an empty margin of {pixels}, so that all squares are whole.", { pixels: plural(tokens.before, "pixel") }) : "";
  const made = from === "patches" && convolutions.length === 1 ? squaresText(stage, index, each) : convolutionsText(stage, index, each);
  return `${margin} ${made}`.trim();
}

/** Squares, each of which becomes a token. */
function squaresText({ convolutions, tokens }: StageStructure, index: number, each: string): string {
  const area = areaText(tokens);
  if (index === 0) return t("The image is cut into squares of {area}, and a learned matrix turns each into a token: {each}.", { area, each });
  const side = convolutions.at(-1)?.window ?? 1;
  return t("The map of the stage before is cut into squares of {side}×{side} tokens, and a learned matrix turns each into a token: {each}, each for {area} of the image.", { side, area, each });
}

/** Convolutions, whose windows overlap. */
function convolutionsText({ convolutions, tokens }: StageStructure, index: number, each: string): string {
  const filters = convolutions.map(({ window, stride }) => {
    const square = `${window}×${window}`;
    return stride > 1 ? t("{window} in steps of {stride}", { window: square, stride }) : square;
  }).join(", ");
  const values = { count: convolutions.length, filters, each };
  const image = index === 0;
  const made = convolutions.length === 1
    ? image ? t("A convolution over the image ({filters}) makes {each}.", values) : t("A convolution over the map of the stage before ({filters}) makes {each}.", values)
    : image ? t("{count} convolutions over the image, one after the other ({filters}), make {each}.", values)
      : t("{count} convolutions over the map of the stage before, one after the other ({filters}), make {each}.", values);
  const pooling = convolutions.at(-1)?.pooling ?? 1;
  const pooled = pooling > 1 ? ` ${t("Each is followed by pooling, which keeps the largest number of its surroundings, in steps of {stride}.", { stride: pooling })}` : "";
  return `${made}${pooled} ${t("Their windows overlap, so a token also knows the surroundings of the {area} that it stands for.", { area: areaText(tokens) })}`;
}

/** Tokens in front, and positions. */
export function extrasText({ tokens, positions, blocks }: StageStructure): string {
  const front = tokens.front === 0 ? ""
    : tokens.front === 1 ? t("One more token comes first and lies nowhere in the image: the class token.")
      : t("Two more tokens come first and lie nowhere in the image: the class token, and the distillation token, which learns from the answers of a teacher.");
  const without = blocks.some(({ relative }) => relative) ? "" : t("No positions are added to the tokens.");
  return `${front} ${positions ? t("A learned position is added to each token.") : without}`.trim();
}

/** What the blocks of a stage do, one sentence for each kind of block. */
export function blocksText(blocks: readonly BlockStructure[], tokens: TokenGrid): string {
  if (blocks.length === 0) return "";
  const said = blocks.map((block) => blockText(block, tokens, blocks));
  return [blocks.length === 1 ? t("One block follows.") : t("{count} blocks follow.", { count: integer(blocks.length) }), ...new Set(said.filter((text) => text !== ""))].join(" ");
}

function blockText(block: BlockStructure, tokens: TokenGrid, blocks: readonly BlockStructure[]): string {
  const { heads, keys, windows, implied, relative, gates } = block;
  if (heads === 0) {
    return t("A block has no attention: convolutions mix each token with its neighbours, whatever they hold, and the result is added to the token.");
  }
  const each = plural(heads, "head");
  const placed = relative ? ` ${t("How far away a token lies, and in which direction, counts too.")}` : "";
  if (gates) {
    return t("Tokens read in {each} from all tokens. Each head mixes two attentions: one by what tokens hold, and one by where they lie, which begins as a convolution does. Its gate, which is learned, says how much the second counts.", { each });
  }
  if (!keys) return t("Tokens read in {each}, from a few learned mixtures of all tokens instead of from each of them.", { each });
  if (implied) return t("Tokens read in {each}, with linear attention: its cost grows with the number of tokens, not with its square.", { each });
  if (windows) {
    const whole = windows.side >= tokens.rows && windows.side >= tokens.columns;
    if (whole) return t("Tokens read in {each} from all tokens of the map, which is a single window.", { each }) + placed;
    const moved = blocks.some((one) => (one.windows?.shift ?? 0) > 0);
    const own = t("Tokens read in {each} only from their own window of {side}×{side} tokens.", { each, side: windows.side });
    const shift = moved ? ` ${t("In every second block the windows are moved, so that neighbours that a window's edge has parted meet there.")}` : "";
    return own + shift + placed;
  }
  if (keys.side > tokens.side) {
    return t("Tokens read in {each}, not from each other one by one but from {grid} areas of {area}, each put together from the tokens there.", { each, grid: gridText(keys), area: areaText(keys) });
  }
  return t("Tokens read in {each} from all tokens.", { each }) + placed;
}

/** How a stage gets its tokens, in a few words. */
export function stageBrief({ convolutions, tokens, tokens_from: from, width }: StageStructure, index: number): string {
  const values = { width: integer(width) };
  if (from === "merging") return t("Four neighbouring tokens at a time are merged into a token of {width} numbers.", values);
  if (from === "before") return tokens.front > 0 ? t("The tokens of the stage before go on, and the class token joins them.") : t("The tokens of the stage before go on.");
  if (from === "first-block") return t("The first block makes a token of {width} numbers of four neighbours.", values);
  if (from === "patches" && convolutions.length === 1) {
    return index === 0 ? t("The image is cut up: each square becomes a token of {width} numbers.", values)
      : t("The map is cut up again: each square becomes a token of {width} numbers.", values);
  }
  return convolutions.length === 1 ? t("A convolution makes tokens of {width} numbers that also know their surroundings.", values)
    : t("{count} convolutions make tokens of {width} numbers that also know their surroundings.", { ...values, count: convolutions.length });
}

/** What a block does, in a few words, beside the pictures of its heads. */
export function blockBrief(block: BlockStructure, tokens: TokenGrid, query: Query): string {
  const { heads, keys, windows, implied, gates, note } = block;
  if (heads === 0) return t("No attention: convolutions mix each token with its neighbours. Dark is negative, yellow positive.");
  if (!keys) return ofEngine(note ?? "");
  const together = tokenOf(tokens, query) === null;
  if (gates) {
    const reads = together ? t("All tokens together read by what tokens hold and by where they lie.") : t("The class token reads by what tokens hold and by where they lie.");
    return `${reads} ${t("Where they lie makes up {shares} of the heads.", { shares: gates.map((gate) => percent(gate)).join(", ") })}`;
  }
  if (windows && (windows.side < tokens.rows || windows.side < tokens.columns)) {
    const own = windows.shift > 0 ? t("Each token reads from its own window alone, here moved by {tokens}.", { tokens: plural(windows.shift, "token") })
      : t("Each token reads from its own window alone.");
    return `${own} ${t("The thick lines part the windows.")}`;
  }
  if (keys.side > tokens.side) {
    return together ? t("All tokens together read mostly from the warm areas, each put together from several tokens.")
      : t("The class token reads mostly from the warm areas, each put together from several tokens.");
  }
  const reads = together
    ? heads > 1 ? t("All tokens together read mostly from the warm places, in each head from others.") : t("All tokens together read mostly from the warm places.")
    : heads > 1 ? t("The class token reads mostly from the warm places, in each head from others.") : t("The class token reads mostly from the warm places.");
  return implied ? `${reads} ${t("The model itself never forms these weights.")}` : reads;
}

/** What the answer is computed from. */
export function answerText({ read }: Structure): string {
  switch (read) {
    case "class":
      return t("A last matrix turns the class token into a score for each class: the logits.");
    case "class-and-distillation":
      return t("The class token and the distillation token each have a last matrix of their own, which gives a score for each class: the logits. The answer is the mean of both.");
    case "mean":
      return t("This model has no class token: a last matrix turns the mean of all tokens into a score for each class: the logits.");
    case "weighted":
      return t("This model has no class token: a small layer decides how much each token counts, and a last matrix turns their sum into a score for each class: the logits.");
  }
}

/** The short name of a view, for buttons and announcements. */
export function viewName(view: View): string {
  switch (view.kind) {
    case "rollout":
      return t("Attention rollout");
    case "pooling":
      return t("How much each token counts in the answer");
    case "mean":
      return t("Block {block}, mean of its heads", { block: view.layer + 1 });
    case "head":
      return t("Block {block}, head {head}", { block: view.layer + 1, head: view.head + 1 });
    case "channels":
      return t("Block {block}, channels", { block: view.layer + 1 });
  }
}

/** The name of a token in front, by its position. */
export function frontName(index: number): string {
  const known = FRONT[index];
  return known === undefined ? t("token {number} in front", { number: index + 1 }) : t(known);
}

/** The name of what reads, in a grid of tokens. */
export function queryName(query: Query, tokens: TokenGrid): string {
  const token = tokenOf(tokens, query);
  if (token === null) return t("all tokens together");
  if (token < tokens.front) return frontName(token);
  return t("the token in {place}", { place: placeText(tokens, token - tokens.front) });
}

/** "row 3, column 4". */
function placeText({ columns }: TokenGrid, place: number): string {
  return t("row {row}, column {column}", { row: Math.floor(place / columns) + 1, column: (place % columns) + 1 });
}

/** What the picture shows, with its largest share. */
export function mapText(prediction: Prediction, view: View, layer: Layer | null, map: AreaMap, query: Query): string {
  const tokens = layer?.tokens ?? map.grid;
  const values = {
    reader: queryName(query, tokens), place: placeText(map.grid, map.peak), share: percent(map.largest), even: percent(1 / map.readable),
  };
  if (view.kind === "pooling") return t("In the answer, the token in {place} counts most ({share}; an equal share is {even}).", values);
  const most = isPaper(prediction, map) ? t("{place}, which is empty ({share}; an equal share is {even})", values) : t("{place} ({share}; an equal share is {even})", values);
  const spread = map.largest * map.readable < SPREAD;
  const where = map.grid.side > tokens.side
    ? spread ? t("from many areas, most from {most}", { most }) : t("mostly from the area in {most}", { most })
    : spread ? t("from many places, most from {most}", { most }) : t("mostly from {most}", { most });
  const whose = { reader: values.reader, where };
  if (view.kind === "rollout") {
    const last = (prediction.parts?.structure.stages.length ?? 1) > 1;
    const reads = last ? t("Over the blocks of the last stage ({reader}): {where}.", whose) : t("Over all blocks ({reader}): {where}.", whose);
    return reads + frontText(map, tokens);
  }
  const block = (layer?.index ?? 0) + 1;
  const reads = view.kind === "head" ? t("Block {block}, head {head} ({reader}): attention {where}.", { ...whose, block, head: view.head + 1 })
    : (layer?.block.heads ?? 1) === 1 ? t("Block {block}, its only head ({reader}): attention {where}.", { ...whose, block })
      : t("Block {block}, mean of {heads} ({reader}): attention {where}.", { ...whose, block, heads: plural(layer?.block.heads ?? 1, "head") });
  const window = map.window ? ` ${t("It comes only from the window, which is framed: {tokens}.", { tokens: plural(map.readable, "token") })}` : "";
  return reads + window + frontText(map, tokens) + gateText(view, layer);
}

/** How much position alone counts in a head with a gate. */
function gateText(view: View, layer: Layer | null): string {
  const gates = layer?.block.gates ?? [];
  const gate = view.kind === "head" ? gates[view.head] : gates.reduce((sum, one) => sum + one, 0) / gates.length;
  if (gate === undefined || Number.isNaN(gate)) return "";
  const share = percent(gate);
  const words = view.kind === "head" ? t("Where tokens lie makes up {share} of this, what they hold the rest.", { share })
    : t("Where tokens lie makes up {share} of this, on average, what they hold the rest.", { share });
  return ` ${words}`;
}

function frontText({ front }: AreaMap, tokens: TokenGrid): string {
  if (front < 0.0005) return "";
  const share = percent(front);
  const words = tokens.front > 1 ? t("Another {share} goes to the class and distillation tokens, which are not in the picture.", { share })
    : t("Another {share} goes to the class token, which is not in the picture.", { share });
  return ` ${words}`;
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
  if (view.kind === "channels") return t("These are numbers inside the model, not shares of attention: nothing here was chosen by what the image shows.");
  if (view.kind === "pooling") return t("A weight says how much a token counts in the answer, not what it says.");
  const limit = t("Attention shows where the model looked, not why: other attention can give the same prediction (Jain and Wallace 2019).");
  const said = view.kind === "rollout" ? [
    limit, t("Rollout is an estimate: it gives attention and the residual path around it equal weight (Abnar and Zuidema 2020)."),
    stages > 1 && t("It covers the last stage, on whose grid all blocks agree."),
  ] : [
    limit, view.kind === "mean" && (layer?.block.heads ?? 0) > 1 && t("A mean hides what each head does."),
    (layer?.block.windows?.shift ?? 0) > 0 && t("The windows of this block are moved: compare it with the block before."),
    layer?.block.implied && t("This model never forms these weights: it sums up what all tokens offer once, and each token reads that sum through features of its own, so that work grows with the number of tokens and not with its square. The weights here follow from those features, and are computed only to be shown."),
  ];
  return said.filter((text) => typeof text === "string").join(" ");
}

/** What the channels of a block are. */
export function channelsText({ index, tokens }: Layer, channels: number): string {
  const values = { block: index + 1, channels: plural(channels, "channel"), grid: gridText(tokens) };
  return t("Block {block} holds {channels} on a map of {grid} places. Each small picture is one of them: dark where it is negative, yellow where it is positive, scaled to its own largest number.", values);
}
