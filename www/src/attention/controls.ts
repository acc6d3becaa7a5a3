/** The choice of token, block and head. */
import { hasClassToken, type MapChoice, type QueryToken } from "../see/maps.js";
import type { Attention } from "../app.js";
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { el } from "../ui/dom.js";
import type { Place } from "./head.js";

/** The controls, for their owner. */
export interface Controls {
  element: HTMLElement;
  show(prediction: Prediction, place: Place): void;
}

/** Creates the controls; `choose` is called with a person's choice. */
export function createControls(choose: (chosen: Attention) => void): Controls {
  const [kind, row, column, block, head] = [el("select"), el("select"), el("select"), el("select"), el("select")] as const;
  const element = el("div", { class: "row attention-controls" },
    el("label", {}, t("token"), kind), el("label", {}, t("row"), row), el("label", {}, t("column"), column),
    el("label", {}, t("block"), block), el("label", {}, t("head"), head));
  let grid = 0;
  const chosen = (): Attention => {
    const reader: QueryToken = kind.value === "class" ? { kind: "class" } : { kind: "patch", patch: row.selectedIndex * grid + column.selectedIndex };
    const choice: MapChoice = { kind: "head", block: block.selectedIndex, head: head.selectedIndex };
    return { choice, reader };
  };
  element.addEventListener("change", () => choose(chosen()));
  return {
    element,
    show(prediction, place) {
      grid = prediction.grid;
      const [first, patch] = [prediction.tokens - grid * grid, place.token - (prediction.tokens - grid * grid)];
      fillKinds(kind, hasClassToken(prediction));
      for (const select of [row, column]) fillNumbers(select, grid, Math.floor((grid - 1) / 2));
      fillNumbers(block, prediction.depth, place.block);
      fillNumbers(head, prediction.heads, place.head);
      kind.value = patch < 0 ? "class" : "patch";
      row.disabled = column.disabled = place.token < first;
      [block.selectedIndex, head.selectedIndex] = [place.block, place.head];
      if (patch >= 0) [row.selectedIndex, column.selectedIndex] = [Math.floor(patch / grid), patch % grid];
    },
  };
}

/** The class token is offered where there is one. */
function fillKinds(select: HTMLSelectElement, ofClass: boolean): void {
  const offered = ofClass ? 2 : 1;
  if (select.length === offered) return;
  const options = [el("option", { value: "class" }, t("class token")), el("option", { value: "patch" }, t("patch"))];
  select.replaceChildren(...options.slice(-offered));
}

function fillNumbers(select: HTMLSelectElement, count: number, chosen: number): void {
  if (select.length === count) return;
  select.replaceChildren(...Array.from({ length: count }, (_, i) => el("option", {}, i + 1)));
  select.selectedIndex = chosen;
}
