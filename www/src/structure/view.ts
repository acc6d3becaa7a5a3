/** Views of models that are no plain Vision Transformers. Loaded as a separate script. */
import type { App } from "../app.js";
import type { Frame } from "../draw/geometry.js";
import type { Prediction } from "../protocol/engine.js";
import { announce, oncePerFrame, throttle } from "../ui/announce.js";
import { onColoursChange } from "../ui/colour.js";
import { byId, context2d, el } from "../ui/dom.js";
import { extentOf, layersOf, mapOfView, readerOf, type Layer, type Query, type View } from "./geometry.js";
import { chosenToken, createLook, layerOf, lookHost, placeAt, type Chosen } from "./look.js";
import { drawMarks, paintTint, scaleOn } from "./paint.js";
import { presentSteps } from "./present.js";
import { createSteps } from "./steps.js";
import styles from "./structure.css";

/** Pictures beside the canvas need not follow every point of a stroke; in milliseconds. */
const PAUSE = 150;

/** Where the image of a prediction lies on the canvas: only the page's own script knows. */
type FrameOf = (prediction: Prediction) => Frame;

/** Starts the views: they show whatever model of this kind predicts. */
export function createStructure(app: App, frameOf: FrameOf): void {
  addStyles();
  const host = el("div", { class: "see-body structure-look" });
  lookHost().append(host);
  let prediction: Prediction | null = null;
  let shape = "";
  let chosen: Chosen = { view: { kind: "rollout" }, query: { kind: "all" } };
  let peek: Query | null = null;
  let cleared = false;

  const choose = (next: Partial<Chosen>): void => {
    chosen = { ...chosen, ...next };
    peek = null;
    render();
    announce(look.sentence());
  };
  const look = createLook(host, {
    choose,
    peek(query) {
      if (JSON.stringify(peek) === JSON.stringify(query)) return;
      peek = query;
      render();
    },
  });
  const steps = createSteps();
  const names = (): readonly string[] => app.last("model")?.info.class_names ?? [];

  const paintOverlay = oncePerFrame(() => {
    if (prediction && !cleared) overlay(prediction, chosen.view, peek ?? chosen.query, frameOf);
  });
  const paintBeside = throttle(() => {
    if (!prediction || isHidden()) return;
    look.show(prediction, chosen, peek);
    steps.show(prediction, names(), chosen.query);
  }, PAUSE);
  const render = (): void => {
    paintOverlay();
    paintBeside();
  };

  app.emit("steps-of-parts", presentSteps);
  app.on("prediction", (seen) => {
    // When the canvas is cleared, the last digit stays in the pictures beside it.
    if (!seen && prediction) clearOverlay();
    cleared = !seen;
    if (seen && !seen.parts) prediction = null;
    if (!seen?.parts) return;
    prediction = seen;
    const next = shapeOf(seen);
    if (shape !== next) {
      shape = next;
      chosen = firstOf(seen);
    }
    render();
  });
  app.on("drawing", paintOverlay);
  for (const id of ["see-show", "see-opacity"]) byId(id, HTMLInputElement).addEventListener("input", paintOverlay);
  onColoursChange(render);
  // Nothing is painted while its view is hidden.
  new MutationObserver(render).observe(document.documentElement, { attributeFilter: ["data-view", "class"] });
  const resized = new ResizeObserver(render);
  for (const id of ["overlay", "how", "flow"]) resized.observe(byId(id, Element as never));
  listenOnStage(() => prediction, () => chosen, choose, frameOf);
}

function isHidden(): boolean {
  const view = document.documentElement.dataset["view"];
  return view === "train" || view === "present";
}

/** A key for what a model consists of: what is chosen holds for one. */
function shapeOf({ parts }: Prediction): string {
  return JSON.stringify(parts?.structure.stages.map(({ tokens, blocks }) => [tokens, blocks.map(({ heads }) => heads)]));
}

/** What is shown first: what the answer is read from, through all blocks of the last stage if that can be told. */
function firstOf({ parts, rollout }: Prediction): Chosen {
  const layers = parts ? layersOf(parts) : [];
  const query: Query = parts ? readerOf(parts.structure) : { kind: "all" };
  const mapped = layers.find(({ block }) => block.keys);
  const without = layers.find(({ block }) => block.heads === 0) ?? layers[0];
  const view: View = rollout.length > 0 ? { kind: "rollout" }
    : mapped ? { kind: "mean", layer: mapped.index }
      : without?.block.heads === 0 ? { kind: "channels", layer: without.index } : { kind: "mean", layer: 0 };
  return { view, query };
}

function clearOverlay(): void {
  const canvas = byId("overlay", HTMLCanvasElement);
  context2d(canvas).clearRect(0, 0, canvas.width, canvas.height);
}

/** On the canvas, below the ink: the areas, windows and the tint of the map that is shown. */
function overlay(prediction: Prediction, view: View, query: Query, frameOf: FrameOf): void {
  // While the pen is down, the overlay is invisible.
  if (byId("stage", HTMLElement).classList.contains("inking")) return;
  clearOverlay();
  const canvas = byId("overlay", HTMLCanvasElement);
  const context = context2d(canvas);
  const opacity = Number(byId("see-opacity", HTMLInputElement).value) / 100;
  if (!byId("see-show", HTMLInputElement).checked || !prediction.parts) return;
  const layer = layerOf(layersOf(prediction.parts), view);
  const map = mapOfView(prediction, view, query);
  if (!map) return;
  const scale = scaleOn(frameOf(prediction), prediction, extentOf(prediction.parts.structure, prediction.side), canvas.width);
  paintTint(context, scale, map, opacity);
  drawMarks(context, scale, { layer: view.kind === "pooling" ? null : layer, map, chosen: chosenToken(layer, map, query) });
}

/** On the canvas, pointing moves the token that is already kept; a click draws. */
function listenOnStage(
  shown: () => Prediction | null, chosen: () => Chosen, choose: (next: Partial<Chosen>) => void, frameOf: FrameOf,
): void {
  const stage = byId("stage", HTMLElement);
  stage.addEventListener("pointermove", (event) => {
    const prediction = shown();
    const { query, view } = chosen();
    if (!prediction?.parts || query.kind !== "place" || event.buttons !== 0 || event.pointerType === "touch") return;
    const box = stage.getBoundingClientRect();
    const frame = frameOf(prediction);
    const pixel = (share: number, start: number): number => ((share - start) / frame.side) * prediction.side;
    const layer: Layer | null = layerOf(layersOf(prediction.parts), view);
    const next = placeAt(layer, pixel((event.clientX - box.left) / box.width, frame.x), pixel((event.clientY - box.top) / box.height, frame.y));
    if (next && JSON.stringify(next) !== JSON.stringify(query)) choose({ query: next });
  });
}

/** The styles of these views come with their script. */
function addStyles(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
