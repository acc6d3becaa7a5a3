/** Small pictures of the class token's attention in each block. */
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { paintHeat } from "../see/heat.js";
import { attentionMap } from "../see/maps.js";

/** Finds the place on the page; the returned function paints a prediction. */
export function createBlocks(): (prediction: Prediction) => void {
  const host = byId("how-blocks", HTMLElement);
  // The page contains those for the shipped model.
  let canvases = [...host.querySelectorAll("canvas")];
  return (prediction) => {
    if (canvases.length !== prediction.depth) {
      canvases = Array.from({ length: prediction.depth }, () => el("canvas", { class: "pixels", "aria-hidden": "true" }));
      host.replaceChildren(...canvases.map(named));
    }
    canvases.forEach((canvas, block) => {
      paintHeat(canvas, prediction, attentionMap(prediction, { kind: "mean", block }, { kind: "class" }));
    });
  };
}

function named(canvas: HTMLCanvasElement, block: number): HTMLElement {
  return el("div", { class: "how-block" }, canvas, el("span", {}, t("Block {block}", { block: block + 1 })));
}
