/** Where a model of any structure looks: the large picture, its words, whose attention it shows, and all blocks and heads. */
import type { Prediction } from "../protocol/engine.js";
import { heatColours } from "../see/heat.js";
import { ofEngine, t } from "../text/language.js";
import { onColoursChange } from "../ui/colour.js";
import { byId, context2d, el, setText } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import {
  channelsOf, extentOf, layersOf, mapOfView, middleOf, tokenAt, tokenOf, type AreaMap, type Layer, type Query, type View,
} from "./geometry.js";
import { drawChannels, drawMarks, MOST_DENSE, paintMap } from "./paint.js";
import { createQueryControls } from "./query.js";
import { createStrip } from "./strip.js";
import { cautionText, channelsText, mapText, viewName } from "./words.js";

/** What is chosen, for all pictures. */
export interface Chosen {
  view: View;
  query: Query;
}

/** The part of the page, for its owner. */
export interface Look {
  show(prediction: Prediction, chosen: Chosen, peek: Query | null): void;
  /** What the picture shows, for announcements. */
  sentence(): string;
}

/** Callbacks of the part. */
export interface Choices {
  choose(chosen: Partial<Chosen>): void;
  /** A token is pointed at; null when the pointer leaves. */
  peek(query: Query | null): void;
}

/** The layer that a view shows; the last one for a rollout. */
export function layerOf(layers: readonly Layer[], view: View): Layer | null {
  return ("layer" in view ? layers[view.layer] : layers.at(-1)) ?? null;
}

/** Builds the part below the heading of its section. */
export function createLook(host: HTMLElement, choices: Choices): Look {
  const canvas = el("canvas", { class: "see-picture", role: "img", width: 448, height: 448, "aria-describedby": "structure-sentence" });
  const legend = createLegend();
  const [sentence, caution] = [el("p", { class: "see-sentence", id: "structure-sentence" }), el("p", { class: "see-caution small quiet" })];
  const why = el("p", { class: "structure-why" });
  const caption = el("figcaption", { class: "small quiet" });
  const figure = el("figure", { class: "see-figure" }, canvas, why, legend.element, caption);
  const query = createQueryControls((chosen) => choices.choose({ query: chosen }));
  const strip = createStrip((view) => choices.choose({ view }));
  host.replaceChildren(
    el("div", { class: "see-main" }, figure, el("div", { class: "see-words" }, sentence, caution, query.element)),
    strip.element,
  );

  let now: { prediction: Prediction; chosen: Chosen; query: Query } | null = null;
  const heat = el("canvas");
  const paint = (): void => {
    if (!now) return;
    const { prediction, chosen: { view }, query: asked } = now;
    const layers = prediction.parts ? layersOf(prediction.parts) : [];
    const layer = layerOf(layers, view);
    const context = context2d(canvas);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (view.kind === "channels") {
      if (layer) drawChannels(context, channelsOf(layer), 0, 0, canvas.width, canvas.height);
      return;
    }
    const map = mapOfView(prediction, view, asked);
    if (!map || !prediction.parts) return;
    const extent = extentOf(prediction.parts.structure, prediction.side);
    paintMap(heat, prediction, extent, map);
    context.imageSmoothingEnabled = false;
    context.drawImage(heat, 0, 0, canvas.width, canvas.height);
    const scale = { x: 0, y: 0, pixel: canvas.width / extent.side, extent };
    drawMarks(context, scale, { layer: view.kind === "pooling" ? null : layer, map, chosen: chosenToken(layer, map, asked) });
  };
  // Exactly as many pixels as the screen shows.
  new ResizeObserver(() => {
    const side = Math.round(canvas.clientWidth * Math.min(MOST_DENSE, devicePixelRatio));
    if (side === 0 || side === canvas.width) return;
    canvas.width = canvas.height = side;
    paint();
  }).observe(canvas);
  listen(canvas, () => now, choices);

  return {
    sentence: () => sentence.textContent ?? "",
    show(prediction, chosen, peek) {
      if (!prediction.parts) return;
      now = { prediction, chosen, query: peek ?? chosen.query };
      const layer = layerOf(layersOf(prediction.parts), chosen.view);
      const map = mapOfView(prediction, chosen.view, now.query);
      const channels = chosen.view.kind === "channels";
      const [shown, reason] = [map !== null || channels, layer?.block.note ?? ""];
      canvas.hidden = !shown;
      host.closest(".see")?.classList.toggle("no-tint", map === null);
      setText(why, shown ? "" : ofEngine(reason));
      why.hidden = shown;
      canvas.setAttribute("aria-label", viewName(chosen.view));
      legend.show(map);
      setText(caption, captionOf(channels, map));
      setText(sentence, map ? mapText(prediction, chosen.view, layer, map, now.query)
        : channels && layer ? `${ofEngine(layer.block.note ?? "")} ${channelsText(layer, channelsOf(layer).values.length)}`
          : t("There is no picture for this block; the reason is in its place."));
      setText(caution, shown ? cautionText(chosen.view, layer, prediction.parts.structure.stages.length) : "");
      query.show(layer, now.query, map !== null && chosen.view.kind !== "pooling");
      strip.show(prediction, chosen.view, now.query);
      paint();
    },
  };
}

/** The chosen token with its grid, if it has a place. */
export function chosenToken(layer: Layer | null, map: AreaMap, query: Query): { grid: AreaMap["grid"]; token: number } | null {
  const grid = layer?.tokens ?? map.grid;
  const token = query.kind === "place" ? tokenOf(grid, query) : null;
  return token === null ? null : { grid, token: token - grid.front };
}

function captionOf(channels: boolean, map: AreaMap | null): string {
  if (channels) return t("What the channels hold after this block, each with its own scale.");
  if (!map) return "";
  const area = map.window ? `${t("Windows have thick edges.")} ` : "";
  return area + t("Share of attention per area, on ink (upper scale) and on the background (lower scale). The scale ends at the largest share in this picture; “equal” is the share if all areas got the same.");
}

/** The colour scale with its ends, and a mark for an equal share. */
function createLegend(): { element: HTMLElement; show(map: AreaMap | null): void } {
  const canvas = el("canvas", { class: "see-scale pixels", width: 256, height: 2, "aria-hidden": "true" });
  const even = el("span", { class: "see-even" }, t("equal"));
  const high = el("span");
  const element = el("div", { class: "see-legend" }, canvas, even, el("p", { class: "see-ends small" }, el("span", {}, "0 %"), high));
  const paint = (): void => {
    const image = new ImageData(256, 2);
    const { ink, paper } = heatColours();
    for (let value = 0; value < 256; value++) {
      for (const [row, colours] of [ink, paper].entries()) {
        image.data.set(colours.subarray(3 * value, 3 * value + 3), 4 * (256 * row + value));
        image.data[4 * (256 * row + value) + 3] = 255;
      }
    }
    context2d(canvas).putImageData(image, 0, 0);
  };
  paint();
  onColoursChange(paint);
  return {
    element,
    show(map) {
      element.hidden = !map;
      if (!map) return;
      setText(high, percent(map.largest));
      const place = 1 / map.readable / map.largest;
      even.hidden = !(place <= 1);
      even.style.left = `${100 * Math.min(1, place)}%`;
    },
  };
}

/** Pointing shows a token, a click keeps it. */
function listen(canvas: HTMLCanvasElement, now: () => { prediction: Prediction; chosen: Chosen } | null, choices: Choices): void {
  const under = (event: MouseEvent): Query | null => {
    const shown = now();
    if (!shown?.prediction.parts || shown.chosen.view.kind === "channels") return null;
    const { structure } = shown.prediction.parts;
    const box = canvas.getBoundingClientRect();
    const { start, side } = extentOf(structure, shown.prediction.side);
    const [x, y] = [start + ((event.clientX - box.left) / box.width) * side, start + ((event.clientY - box.top) / box.height) * side];
    return placeAt(layerOf(layersOf(shown.prediction.parts), shown.chosen.view), x, y);
  };
  canvas.addEventListener("pointermove", (event) => {
    // A moving finger scrolls the page; a tap picks.
    if (event.pointerType !== "touch") choices.peek(under(event));
  });
  canvas.addEventListener("pointerleave", () => choices.peek(null));
  canvas.addEventListener("click", (event) => {
    const query = under(event);
    if (query) choices.choose({ query });
  });
}

/** The middle of the token of a layer over a pixel. */
export function placeAt(layer: Layer | null, x: number, y: number): Query | null {
  const token = layer ? tokenAt(layer.tokens, x, y) : null;
  return layer && token !== null ? { kind: "place", ...middleOf(layer.tokens, token) } : null;
}

/** The section that the part is in. */
export function lookHost(): HTMLElement {
  return byId("see", HTMLElement);
}
