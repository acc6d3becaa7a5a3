/** All that can be shown, as thumbnails: rollout, then stage by stage the blocks with their heads or channels. */
import type { Prediction } from "../protocol/engine.js";
import { ofEngine, t } from "../text/language.js";
import { context2d, el } from "../ui/dom.js";
import {
  channelsOf, extentOf, layersOf, mapOfView, poolingOf, rolloutOf, type Layer, type Query, type View,
} from "./geometry.js";
import { drawChannels, paintMap } from "./paint.js";
import { stageName, viewName } from "./words.js";

interface Thumbnail {
  view: View;
  button: HTMLButtonElement;
  canvas: HTMLCanvasElement;
}

/** The strip, for its owner. */
export interface Strip {
  element: HTMLElement;
  /** Paints all thumbnails and marks the selected one. */
  show(prediction: Prediction, view: View, query: Query): void;
}

/** Pixels per side of a thumbnail of channels. */
const CHANNELS = 176;

/** Creates the strip; `choose` is called with the view that the user chose. */
export function createStrip(choose: (view: View) => void): Strip {
  const host = el("div", { class: "structure-strip", role: "radiogroup", "aria-labelledby": "structure-strip-title" });
  const element = el("div", { class: "see-choices" },
    el("h4", { id: "structure-strip-title", class: "see-strip-title" }, t("All stages, blocks and heads")),
    el("p", { class: "small quiet" }, t("Choose what the picture shows. Every thumbnail has its own scale.")), host);
  let thumbnails: Thumbnail[] = [];
  let shape = "";

  host.addEventListener("click", (event) => {
    const hit = thumbnails.find(({ button }) => event.target instanceof Node && button.contains(event.target));
    if (hit) choose(hit.view);
  });
  host.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const from = thumbnails.findIndex(({ button }) => button === document.activeElement);
    const to = thumbnails[from + (step ?? 0)];
    if (step === undefined || from < 0 || !to || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    to.button.focus();
    choose(to.view);
  });

  return {
    element,
    show(prediction, view, query) {
      const { parts } = prediction;
      if (!parts) return;
      const layers = layersOf(parts);
      const next = shapeOf(prediction, layers);
      if (shape !== next) {
        shape = next;
        thumbnails = build(host, prediction, layers);
      }
      const extent = extentOf(parts.structure, prediction.side);
      for (const { view: own, canvas, button } of thumbnails) {
        const layer = "layer" in own ? layers[own.layer] : undefined;
        if (own.kind === "channels" && layer) paintChannels(canvas, layer);
        else paintMap(canvas, prediction, extent, mapOfView(prediction, own, query));
        const chosen = viewName(own) === viewName(view);
        button.setAttribute("aria-checked", String(chosen));
        button.tabIndex = chosen ? 0 : -1;
      }
      if (!thumbnails.some(({ button }) => button.tabIndex === 0) && thumbnails[0]) thumbnails[0].button.tabIndex = 0;
      // Without thumbnails the reason is in the place of the picture.
      element.hidden = thumbnails.length === 0;
    },
  };
}

/** A key for what can be shown: the thumbnails are rebuilt if it changes. */
function shapeOf({ parts, rollout }: Prediction, layers: readonly Layer[]): string {
  const blocks = layers.map(({ stage, block, tokens }) => [stage, block.heads, block.note, tokens.rows, tokens.columns]);
  return JSON.stringify([blocks, rollout.length, parts?.pooling.length]);
}

function build(host: HTMLElement, prediction: Prediction, layers: readonly Layer[]): Thumbnail[] {
  const { parts } = prediction;
  if (!parts) return [];
  const all: Thumbnail[] = [];
  const add = (view: View, text = ""): HTMLButtonElement => {
    const made = thumbnail(view, text);
    all.push(made);
    return made.button;
  };
  const first = el("div", { class: "structure-whole", role: "presentation" });
  if (rolloutOf(prediction, { kind: "all" })) first.append(add({ kind: "rollout" }, t("Rollout")));
  if (poolingOf(parts)) first.append(add({ kind: "pooling" }, t("In the answer")));
  const stages = parts.structure.stages.flatMap((_, stage) => {
    const own = layers.filter((layer) => layer.stage === stage);
    // Convolutions before the first block are a stage without blocks.
    if (own.length === 0) return [];
    const name = el("h5", { class: "structure-stage" }, stageName(parts.structure, stage));
    return el("div", { role: "presentation" }, name, ...tables(own, add));
  });
  host.replaceChildren(...(first.childElementCount > 0 ? [first] : []), ...stages);
  return all;
}

/** The thumbnails of a stage's blocks; where blocks have none, why. */
function tables(layers: readonly Layer[], add: (view: View, text?: string) => HTMLButtonElement): HTMLElement[] {
  const mapped = layers.filter(({ block }) => block.keys);
  const channelled = layers.filter(({ block }) => block.heads === 0);
  const notes = new Set(layers.filter(({ block }) => !block.keys && block.heads > 0).map(({ block }) => block.note ?? ""));
  const parts: HTMLElement[] = [];
  if (mapped.length > 0) parts.push(el("div", { class: "see-strip-scroll", role: "presentation" }, tableOf(mapped, add)));
  if (channelled.length > 0) {
    const row = channelled.map(({ index }) => add({ kind: "channels", layer: index }, t("Block {number}", { number: index + 1 })));
    parts.push(el("div", { class: "structure-channels", role: "presentation" }, ...row));
  }
  return [...parts, ...[...notes].map((note) => el("p", { class: "small structure-why" }, ofEngine(note)))];
}

/** One column per block, one row for the mean and for each head. */
function tableOf(layers: readonly Layer[], add: (view: View) => HTMLButtonElement): HTMLElement {
  const label = (text: string, side = false): HTMLElement =>
    el("span", { class: `see-strip-name${side ? " see-strip-row" : ""}`, "aria-hidden": "true" }, text);
  const cells: HTMLElement[] = [label(t("Block"), true), ...layers.map(({ index }) => label(String(index + 1)))];
  const heads = Math.max(...layers.map(({ block }) => block.heads));
  for (let row = 0; row <= heads; row++) {
    cells.push(label(row ? t("Head {number}", { number: row }) : t("Mean"), true));
    for (const { index, block } of layers) {
      if (row > block.heads) cells.push(el("span"));
      else cells.push(add(row ? { kind: "head", layer: index, head: row - 1 } : { kind: "mean", layer: index }));
    }
  }
  const grid = el("div", { class: "see-strip-table", role: "presentation" }, ...cells);
  grid.style.setProperty("--blocks", String(layers.length));
  return grid;
}

function thumbnail(view: View, text: string): Thumbnail {
  const name = viewName(view);
  const canvas = el("canvas", { class: "pixels", "aria-hidden": "true" });
  const button = el("button", { class: "see-thumb", type: "button", role: "radio", "aria-label": name, title: name }, canvas);
  if (text) button.append(el("span", { class: "see-strip-name" }, text));
  return { view, button, canvas };
}

function paintChannels(canvas: HTMLCanvasElement, layer: Layer): void {
  canvas.width = canvas.height = CHANNELS;
  const context = context2d(canvas);
  drawChannels(context, channelsOf(layer), 0, 0, CHANNELS, CHANNELS);
}
