/** The controls for the query token: the class token, or a patch by row and column. */
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { hasClassToken, placeOf, type QueryToken } from "./maps.js";

/** The controls, for their owner. */
export interface ReaderControls {
  show(prediction: Prediction, reader: QueryToken): void;
}

/** Listens to the static controls of the page; `choose` is called with the user's choice. */
export function createReaderControls(choose: (reader: QueryToken) => void): ReaderControls {
  const ofClass = byId("see-reader-class", HTMLInputElement);
  const ofPatch = byId("see-reader-patch", HTMLInputElement);
  const className = byId("see-class-name", HTMLElement);
  const row = byId("see-row", HTMLSelectElement);
  const column = byId("see-column", HTMLSelectElement);
  let grid = 0;
  const chosenPatch = (): QueryToken => ({ kind: "patch", patch: row.selectedIndex * grid + column.selectedIndex });

  ofClass.addEventListener("change", () => choose({ kind: "class" }));
  ofPatch.addEventListener("change", () => choose(chosenPatch()));
  for (const select of [row, column]) select.addEventListener("change", () => choose(chosenPatch()));

  return {
    show(prediction, reader) {
      if (grid !== prediction.grid) {
        grid = prediction.grid;
        const middle = Math.floor((grid - 1) / 2);
        for (const select of [row, column]) fillNumbers(select, grid, middle);
      }
      className.textContent = t(hasClassToken(prediction) ? "the class token" : "all patches together");
      ofClass.checked = reader.kind === "class";
      ofPatch.checked = reader.kind === "patch";
      row.disabled = column.disabled = reader.kind === "class";
      if (reader.kind === "class") return;
      const place = placeOf(reader.patch, grid);
      row.selectedIndex = place.row - 1;
      column.selectedIndex = place.column - 1;
    },
  };
}

function fillNumbers(select: HTMLSelectElement, count: number, chosen: number): void {
  select.replaceChildren(...Array.from({ length: count }, (_, i) => el("option", {}, i + 1)));
  select.selectedIndex = chosen;
}
