/** How a model of any structure is built, step by step: a section for each stage, and the strip from pixels to the answer. */
import { PICTURES } from "../flow/pictures.js";
import { readPalette, sheetOf, type Sheet } from "../how/canvas.js";
import { foldSteps } from "../how/fold.js";
import type { Prediction, Structure, TokenGrid } from "../protocol/engine.js";
import { ofEngine, t } from "../text/language.js";
import { token } from "../ui/colour.js";
import { byId, el, setText } from "../ui/dom.js";
import { integer, plural } from "../ui/format.js";
import { className } from "../ui/names.js";
import { channelsOf, extentOf, layersOf, mapOf, type AreaMap, type Layer, type Query } from "./geometry.js";
import { drawChannels, drawMarks, paintMap, type Scale } from "./paint.js";
import { answerText, blocksText, extrasText, gridText, stageName, tokensText } from "./words.js";

/** The steps, for their owner. */
export interface Steps {
  show(prediction: Prediction, names: readonly string[], query: Query): void;
}

/** Paints one picture of the current prediction. */
type Paint = (prediction: Prediction, layers: readonly Layer[], query: Query, names: readonly string[]) => void;

const heat = document.createElement("canvas");

/** Fills the places of the steps and of the strip. */
export function createSteps(): Steps {
  const host = el("div", { class: "structure-stages" });
  byId("inside-pixels", HTMLElement).after(host);
  const answer = el("p", { class: "structure-answer" });
  byId("inside-answer-title", HTMLElement).after(answer);
  const strip = el("ol", { class: "flow-list structure-flow" });
  byId("flow", HTMLElement).append(strip);
  let shape = "";
  let pictures: Paint[] = [];
  return {
    show(prediction, names, query) {
      const { parts } = prediction;
      if (!parts) return;
      const layers = layersOf(parts);
      const next = shapeOf(parts.structure);
      if (shape !== next) {
        shape = next;
        const stages = parts.structure.stages.map((_, stage) => stageSection(parts.structure, stage, layers));
        host.replaceChildren(...stages.map(({ element }) => element));
        foldSteps(host);
        const flow = flowItems(parts.structure, prediction);
        strip.replaceChildren(...flow.map(({ element }) => element));
        pictures = [...stages, ...flow].map(({ paint }) => paint);
        answer.textContent = answerText(parts.structure);
      }
      for (const paint of pictures) paint(prediction, layers, query, names);
    },
  };
}

/** A key for what the sections say. Gates move with every step of a training, and no section names their values. */
function shapeOf(structure: Structure): string {
  return JSON.stringify(structure, (key, value: unknown) => (key === "gates" && Array.isArray(value) ? value.length : value));
}

interface Part {
  element: HTMLElement;
  paint: Paint;
}

/** A stage: how it gets its tokens, what its blocks do, and a picture of each. */
function stageSection(structure: Structure, index: number, layers: readonly Layer[]): Part {
  const stage = structure.stages[index];
  if (!stage) throw new Error(t("The model has no stage {number}", { number: index + 1 }));
  const title = `inside-stage-${index + 1}`;
  const canvas = el("canvas", { class: "how-square", role: "img", "aria-label": t("The digit with the areas of {grid} tokens", { grid: gridText(stage.tokens) }) });
  const own = layers.filter((layer) => layer.stage === index);
  const blocks = own.map((layer) => blockPicture(layer));
  const element = el("section", { id: title, class: "how-step folded", "aria-labelledby": `${title}-title` },
    el("div", { class: "how-text" },
      el("h3", { id: `${title}-title` }, stageName(structure, index)),
      ...[tokensText(stage, index), extrasText(stage), blocksText(stage.blocks, stage.tokens)].filter((text) => text !== "").map((text) => el("p", {}, text)),
      el("div", { class: "how-blocks" }, ...blocks.map(({ element }) => element)),
      blocksCaption(own) !== "" && el("p", { class: "small quiet" }, blocksCaption(own))),
    el("figure", { class: "how-figure" }, canvas,
      el("figcaption", { class: "small quiet" }, t("The lines part the areas that tokens of this stage stand for."))));
  const paint: Paint = (prediction, all, query, names) => {
    drawGrid(canvas, prediction, stage.tokens);
    for (const block of blocks) block.paint(prediction, all, query, names);
  };
  return { element, paint };
}

function blocksCaption(layers: readonly Layer[]): string {
  const kinds = [
    layers.some(({ block }) => block.keys) ? t("What tokens read in each block, averaged over its heads.") : "",
    layers.some(({ block }) => block.heads === 0) ? t("What the channels of a block without attention hold.") : "",
  ].filter((text) => text !== "");
  return kinds.length === 0 ? "" : [...kinds, t("Each picture has its own scale.")].join(" ");
}

/** A small picture of a block, or why there is none. */
function blockPicture({ index, block }: Layer): Part {
  const name = el("span", {}, t("Block {number}", { number: index + 1 }));
  if (!block.keys && block.heads > 0) {
    const element = el("div", { class: "how-block structure-none", title: ofEngine(block.note ?? "") }, name, el("span", {}, t("no picture: see “Where the model looks”")));
    return { element, paint: () => undefined };
  }
  const canvas = el("canvas", { class: "pixels", "aria-hidden": "true" });
  const paint: Paint = (prediction, layers, query) => {
    const sheet = sheetOf(canvas);
    const layer = layers[index];
    if (sheet && layer) drawLayer(sheet, prediction, layer, query);
  };
  return { element: el("div", { class: "how-block" }, canvas, name), paint };
}

/** What a block reads, or what its channels hold, as large as fits. */
function drawLayer({ context, width, height }: Sheet, prediction: Prediction, layer: Layer, query: Query): void {
  const side = Math.min(width, height);
  const left = (width - side) / 2;
  const map = mapOf(layer, null, query);
  if (map) drawMap(context, prediction, map, left, side);
  else if (layer.block.heads === 0) drawChannels(context, channelsOf(layer), left, 0, side, side);
}

/** A map with the ink, as a square. */
export function drawMap(
  context: CanvasRenderingContext2D, prediction: Prediction, map: AreaMap, left: number, side: number, top = 0,
): void {
  if (!prediction.parts) return;
  paintMap(heat, prediction, extentOf(prediction.parts.structure, prediction.side), map);
  context.imageSmoothingEnabled = false;
  context.drawImage(heat, left, top, side, side);
}

/** The digit with the lines between the areas of a stage's tokens. */
export function drawGrid(canvas: HTMLCanvasElement, prediction: Prediction, grid: TokenGrid): void {
  const sheet = sheetOf(canvas);
  if (!sheet || !prediction.parts) return;
  const side = Math.min(sheet.width, sheet.height);
  const left = (sheet.width - side) / 2;
  const extent = extentOf(prediction.parts.structure, prediction.side);
  paintMap(heat, prediction, extent, null);
  sheet.context.drawImage(heat, left, 0, side, side);
  const scale: Scale = { x: left, y: 0, pixel: side / extent.side, extent };
  const empty: AreaMap = { grid, shares: new Float32Array(), peak: 0, largest: 0, front: 0, readable: 1, window: null };
  drawMarks(sheet.context, scale, { layer: null, map: empty, chosen: null });
  sheet.context.strokeStyle = token("edge");
  sheet.context.strokeRect(left + 0.5, 0.5, side - 1, side - 1);
}

/** The strip: pixels, each stage, the answer. */
function flowItems(structure: Structure, { side }: Prediction): Part[] {
  const plainPicture = (name: "pixels" | "answer"): Paint & { canvas?: never } => (prediction, _layers, _query, names) => {
    const canvas = canvases[name];
    PICTURES[name]?.(canvas, prediction, readPalette(), names);
  };
  const canvases = { pixels: flowCanvas("pixels"), answer: flowCanvas("answer") };
  const stages = structure.stages.map((stage, index): Part => {
    const canvas = flowCanvas("pixels");
    const name = structure.stages.length === 1 ? t("Tokens, blocks") : t("Stage {number}", { number: index + 1 });
    const blocks = stage.blocks.length > 0 ? `, ${plural(stage.blocks.length, "block")}` : "";
    const note = t("{grid} tokens", { grid: gridText(stage.tokens) }) + blocks;
    const paint: Paint = (prediction, layers, query) => {
      const sheet = sheetOf(canvas);
      const last = layers.filter((layer) => layer.stage === index).at(-1);
      if (!sheet) return;
      if (last && (last.block.keys || last.block.heads === 0)) drawLayer(sheet, prediction, last, query);
      else drawGrid(canvas, prediction, stage.tokens);
    };
    return flowItem(`#inside-stage-${index + 1}`, canvas, name, () => note, paint);
  });
  const answerNote = ({ probabilities, sure }: Prediction, names: readonly string[]): string =>
    `${className(names, probabilities.indexOf(Math.max(...probabilities)))}${sure ? "" : "?"}`;
  return [
    flowItem("#inside-pixels", canvases.pixels, t("Pixels"), () => t("{side}×{side} grey values", { side: integer(side) }), plainPicture("pixels")),
    ...stages,
    flowItem("#inside-answer", canvases.answer, t("Answer"), answerNote, plainPicture("answer")),
  ];
}

function flowCanvas(picture: string): HTMLCanvasElement {
  return el("canvas", { "data-picture": picture, "aria-hidden": "true" });
}

function flowItem(
  href: string, canvas: HTMLCanvasElement, name: string, note: (prediction: Prediction, names: readonly string[]) => string, draw: Paint,
): Part {
  const line = el("span", { class: "flow-note" });
  const element = el("li", {}, el("a", { href }, canvas, el("span", { class: "flow-name" }, name), " ", line));
  return {
    element,
    paint(prediction, layers, query, names) {
      setText(line, note(prediction, names));
      draw(prediction, layers, query, names);
    },
  };
}
