/** What the class token reads in each block, as small pictures. */
import type { Look } from "../protocol/engine.js";
import { byId, el } from "../ui/dom.js";
import { paintHeat } from "../see/heat.js";
import { attentionMap } from "../see/maps.js";

/** Finds the place; the function that it gives paints a look. */
export function createBlocks(): (look: Look) => void {
  const host = byId("how-blocks", HTMLElement);
  let canvases: HTMLCanvasElement[] = [];
  return (look) => {
    if (canvases.length !== look.depth) {
      canvases = Array.from({ length: look.depth }, () => el("canvas", { class: "pixels", "aria-hidden": "true" }));
      host.replaceChildren(...canvases.map(named));
    }
    canvases.forEach((canvas, block) => {
      paintHeat(canvas, look, attentionMap(look, { kind: "mean", block }, { kind: "class" }));
    });
  };
}

function named(canvas: HTMLCanvasElement, block: number): HTMLElement {
  return el("div", { class: "how-block" }, canvas, el("span", {}, `Block ${block + 1}`));
}
