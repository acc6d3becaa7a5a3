/** Pointing at patches of a picture with mouse, pen or finger. */
import type { Prediction } from "../protocol/engine.js";
import type { Frame } from "../draw/geometry.js";
import { patchAt } from "./maps.js";

/** Callbacks for pointing at patches. */
export interface Pointing {
  prediction(): Prediction | null;
  /** The patch under the pointer; null when it leaves. */
  over(patch: number | null): void;
  /** A patch was clicked or tapped. */
  pick(patch: number): void;
}

/** Listens on an element that shows all patches, edge to edge. */
export function listenForPatches(element: HTMLElement, pointing: Pointing): void {
  const patchUnder = (event: MouseEvent): number | null => {
    const prediction = pointing.prediction();
    if (!prediction) return null;
    const box = element.getBoundingClientRect();
    return patchAt(prediction, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  element.addEventListener("pointermove", (event) => {
    // A moving finger scrolls the page; a tap picks.
    if (event.pointerType !== "touch") pointing.over(patchUnder(event));
  });
  element.addEventListener("pointerleave", () => pointing.over(null));
  element.addEventListener("click", (event) => {
    const patch = patchUnder(event);
    if (patch !== null) pointing.pick(patch);
  });
}

/** Listens on the canvas while no pen is down; the patches lie in `frame`. There, a click draws and picks nothing. */
export function listenOnStage(
  stage: HTMLElement, frame: (prediction: Prediction) => Frame, pointing: Omit<Pointing, "pick">,
): void {
  stage.addEventListener("pointermove", (event) => {
    const prediction = pointing.prediction();
    if (!prediction || event.buttons !== 0 || event.pointerType === "touch") return;
    const box = stage.getBoundingClientRect();
    const { x, y, side } = frame(prediction);
    const [column, row] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    pointing.over(patchAt(prediction, (column - x) / side, (row - y) / side));
  });
}
