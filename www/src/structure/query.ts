/** Whose attention is shown: a token in front, all tokens together, or a token by its row and column. */
import type { TokenGrid } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { el } from "../ui/dom.js";
import { middleOf, tokenOf, type Layer, type Query } from "./geometry.js";
import { frontName } from "./words.js";

/** The controls, for their owner. */
export interface QueryControls {
  element: HTMLElement;
  show(layer: Layer | null, query: Query, useful: boolean): void;
}

/** Creates the controls; `choose` is called with the user's choice. */
export function createQueryControls(choose: (query: Query) => void): QueryControls {
  const whole = el("div", { class: "row" });
  const ofPlace = el("input", { type: "radio", name: "structure-query" });
  const [row, column] = [el("select"), el("select")];
  const place = el("div", { class: "row" },
    el("label", {}, ofPlace, ` ${t("a token")}`),
    el("label", { class: "see-place" }, `${t("row")} `, row), el("label", { class: "see-place" }, `${t("column")} `, column));
  const element = el("fieldset", { class: "see-reader" }, el("legend", {}, t("Show attention of")), whole, place,
    el("p", { class: "small quiet" }, t("Or point at a place in the picture; click to keep it.")));
  let grid: TokenGrid | null = null;
  let radios: { input: HTMLInputElement; query: Query }[] = [];
  let shape = "";

  const chosenPlace = (): void => {
    if (grid) choose({ kind: "place", ...middleOf(grid, row.selectedIndex * grid.columns + column.selectedIndex) });
  };
  ofPlace.addEventListener("change", chosenPlace);
  for (const select of [row, column]) select.addEventListener("change", chosenPlace);

  const build = (queries: readonly [text: string, query: Query][]): void => {
    radios = queries.map(([, query]) => {
      const input = el("input", { type: "radio", name: "structure-query" });
      input.addEventListener("change", () => choose(query));
      return { input, query };
    });
    whole.replaceChildren(...queries.map(([text], i) => el("label", {}, radios[i]?.input, ` ${text}`)));
  };

  return {
    element,
    show(layer, query, useful) {
      element.hidden = !useful || !layer;
      if (!useful || !layer) return;
      const { tokens } = layer;
      const front = tokens.front;
      const next = `${front} ${tokens.rows} ${tokens.columns}`;
      if (shape !== next) {
        shape = next;
        const tokensInFront = Array.from({ length: front }, (_, index): [string, Query] =>
          [frontName(index), { kind: "front", index }]);
        build([...tokensInFront, [t("all tokens together"), { kind: "all" }]]);
        fill(row, tokens.rows);
        fill(column, tokens.columns);
      }
      grid = tokens;
      const token = tokenOf(tokens, query);
      const placed = token !== null && token >= front;
      for (const { input, query: own } of radios) input.checked = !placed && tokenOf(tokens, own) === token;
      ofPlace.checked = placed;
      row.disabled = column.disabled = !placed;
      if (!placed) return;
      row.selectedIndex = Math.floor((token - front) / tokens.columns);
      column.selectedIndex = (token - front) % tokens.columns;
    },
  };
}

function fill(select: HTMLSelectElement, count: number): void {
  select.replaceChildren(...Array.from({ length: count }, (_, i) => el("option", {}, i + 1)));
  select.selectedIndex = Math.floor((count - 1) / 2);
}
