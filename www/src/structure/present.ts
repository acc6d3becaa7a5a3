/** The steps of the presentation for models that are no plain Vision Transformers, with little text. */
import { largest, PICTURES, type Draw } from "../flow/pictures.js";
import { sheetOf, type Sheet } from "../how/canvas.js";
import type { Prediction } from "../protocol/engine.js";
import type { Step } from "../present/steps.js";
import { t } from "../text/language.js";
import { plural } from "../ui/format.js";
import {
  channelsOf, extentOf, layersOf, mapOf, poolingOf, readerOf, rolloutOf, type AreaMap, type Layer, type Query,
} from "./geometry.js";
import { drawChannels, drawMarks, MAP_GAP } from "./paint.js";
import { drawGrid, drawMap } from "./steps.js";
import { blockBrief, stageBrief, stageName } from "./words.js";

const nothing: Draw = () => undefined;

/** All steps for a prediction of such a model. */
export function presentSteps(prediction: Prediction): Step[] {
  const { parts, side } = prediction;
  if (!parts) return [];
  const { structure } = parts;
  const query = readerOf(structure);
  const layers = layersOf(parts);
  const stages = structure.stages.flatMap((stage, index): Step[] => [
    { title: stageName(structure, index), words: stageBrief(stage, index), draw: (canvas, seen) => drawGrid(canvas, seen, stage.tokens) },
    ...layers.filter((layer) => layer.stage === index).map((layer) => blockStep(layer, query)),
  ]);
  return [
    { title: t("{side}×{side} pixels", { side }), words: t("This is all the model gets: grey values."), draw: PICTURES["pixels"] ?? nothing },
    ...stages,
    ...wholeSteps(prediction, query),
    { title: t("The answer"), words: t("One probability for each class."), draw: PICTURES["answer"] ?? nothing },
  ];
}

/** A block: the attention of each head, what its channels hold, or why neither is shown. */
function blockStep({ index, block, tokens, values }: Layer, query: Query): Step {
  const channels = block.heads === 0 ? plural(channelsOf({ index, block, tokens, values, stage: 0 }).values.length, "channel") : "";
  const draw: Draw = (canvas, prediction) => {
    const layer = prediction.parts && layersOf(prediction.parts)[index];
    if (!layer) return;
    if (block.heads === 0) drawWide(canvas, layer);
    else if (block.keys) drawHeads(canvas, prediction, layer, query);
    else drawGrid(canvas, prediction, tokens);
  };
  return { title: t("Block {number}: {parts}", { number: index + 1, parts: channels || plural(block.heads, "head") }), words: blockBrief(block, tokens, query), draw };
}

/** What all blocks of the last stage make together, and how much each token counts in the answer. */
function wholeSteps(prediction: Prediction, query: Query): Step[] {
  const one = (map: (seen: Prediction) => AreaMap | null): Draw => (canvas, seen) => drawMaps(canvas, seen, [map(seen)], null);
  const rollout = rolloutOf(prediction, query)
    ? [{
      title: prediction.parts?.structure.stages.length === 1 ? t("Over all blocks") : t("Over the blocks of the last stage"),
      words: t("The answer draws most on the warm areas. This shows where, not why."),
      draw: one((seen) => rolloutOf(seen, query)),
    }] : [];
  const pooling = prediction.parts && poolingOf(prediction.parts)
    ? [{
      title: t("In the answer"),
      words: t("A small layer decides how much each token counts: the warm ones most."),
      draw: one(({ parts }) => (parts ? poolingOf(parts) : null)),
    }] : [];
  return [...rollout, ...pooling];
}

function drawHeads(canvas: HTMLCanvasElement, prediction: Prediction, layer: Layer, query: Query): void {
  drawMaps(canvas, prediction, Array.from({ length: layer.block.heads }, (_, head) => mapOf(layer, head, query)), layer);
}

/** Draws maps side by side, in as many rows as make them largest; with the edges of windows, if the layer has some. */
function drawMaps(canvas: HTMLCanvasElement, prediction: Prediction, maps: readonly (AreaMap | null)[], layer: Layer | null): void {
  const sheet = sheetOf(canvas);
  if (!sheet || !prediction.parts) return;
  const extent = extentOf(prediction.parts.structure, prediction.side);
  const { columns, size } = largest(maps.length, sheet);
  const step = size * (1 + MAP_GAP);
  const [left, top] = [middle(sheet.width, columns, size), middle(sheet.height, Math.ceil(maps.length / columns), size)];
  maps.forEach((map, i) => {
    if (!map) return;
    const [x, y] = [left + (i % columns) * step, top + Math.floor(i / columns) * step];
    drawMap(sheet.context, prediction, map, x, size, y);
    if (layer?.block.windows) drawMarks(sheet.context, { x, y, pixel: size / extent.side, extent }, { layer, map, chosen: null });
  });
}

/** Where `count` squares of this size and their gaps begin, in the middle of a length. */
function middle(length: number, count: number, size: number): number {
  return (length - size * (count + (count - 1) * MAP_GAP)) / 2;
}

function drawWide(canvas: HTMLCanvasElement, layer: Layer): void {
  const sheet: Sheet | null = sheetOf(canvas);
  if (sheet) drawChannels(sheet.context, channelsOf(layer), 0, 0, sheet.width, sheet.height);
}
