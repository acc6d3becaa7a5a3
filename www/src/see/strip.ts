/** The strip of thumbnails: rollout, then the mean and heads of each block. One of them is selected. */
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { el } from "../ui/dom.js";
import { paintHeat } from "./heat.js";
import { attentionMap, type MapChoice, type QueryToken } from "./maps.js";
import { nameOf } from "./sentence.js";

interface Thumbnail {
  choice: MapChoice;
  button: HTMLButtonElement;
  canvas: HTMLCanvasElement;
  /** Its position in the table of thumbnails, for the arrow keys; rollout comes before the first column. */
  row: number;
  column: number;
}

/** The strip, for its owner. */
export interface Strip {
  /** Paints all thumbnails and marks the selected one. */
  show(prediction: Prediction, choice: MapChoice, reader: QueryToken): void;
  /** Clears the thumbnails. */
  clear(): void;
}

const STEPS: Record<string, [row: number, column: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Fills `host` with thumbnails; `choose` is called with the one the user chose. */
export function createStrip(host: HTMLElement, choose: (choice: MapChoice) => void): Strip {
  let thumbnails: Thumbnail[] = [];
  let shape = "";

  host.addEventListener("click", (event) => {
    const hit = thumbnails.find(({ button }) => event.target instanceof Node && button.contains(event.target));
    if (hit) choose(hit.choice);
  });
  host.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const from = thumbnails.find(({ button }) => button === document.activeElement);
    if (!step || !from || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const to = neighbour(thumbnails, from, step);
    to.button.focus();
    choose(to.choice);
  });

  return {
    show(prediction, choice, reader) {
      if (shape !== shapeOf(prediction)) {
        shape = shapeOf(prediction);
        thumbnails = build(host, prediction);
      }
      for (const { choice: own, canvas, button } of thumbnails) {
        paintHeat(canvas, prediction, attentionMap(prediction, own, reader));
        const chosen = nameOf(own) === nameOf(choice);
        button.setAttribute("aria-checked", String(chosen));
        button.tabIndex = chosen ? 0 : -1;
      }
    },
    clear() {
      for (const { canvas } of thumbnails) canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
    },
  };
}

function shapeOf(prediction: Prediction): string {
  return `${prediction.depth}x${prediction.heads}`;
}

/** A table of buttons: one column per block, one row for the mean and for each head; rollout comes before it. */
function build(host: HTMLElement, prediction: Prediction): Thumbnail[] {
  const rollout = thumbnail({ kind: "rollout" }, 0, -1, t("Rollout"));
  const table: Thumbnail[] = [];
  const cells: HTMLElement[] = [el("span", { class: "see-strip-name see-strip-row", "aria-hidden": "true" }, t("Block"))];
  for (let block = 0; block < prediction.depth; block++) {
    cells.push(el("span", { class: "see-strip-name", "aria-hidden": "true" }, `${block + 1}`));
  }
  for (let row = 0; row <= prediction.heads; row++) {
    const name = row ? t("Head {head}", { head: row }) : t("Mean");
    cells.push(el("span", { class: "see-strip-name see-strip-row", "aria-hidden": "true" }, name));
    for (let block = 0; block < prediction.depth; block++) {
      const choice: MapChoice = row ? { kind: "head", block, head: row - 1 } : { kind: "mean", block };
      table.push(thumbnail(choice, row, block));
      cells.push((table[table.length - 1] as Thumbnail).button);
    }
  }
  const grid = el("div", { class: "see-strip-table", role: "presentation" }, ...cells);
  grid.style.setProperty("--blocks", String(prediction.depth));
  host.replaceChildren(rollout.button, el("div", { class: "see-strip-scroll", role: "presentation" }, grid));
  return [rollout, ...table];
}

function thumbnail(choice: MapChoice, row: number, column: number, text = ""): Thumbnail {
  const name = nameOf(choice);
  const canvas = el("canvas", { class: "pixels", "aria-hidden": "true" });
  const props = { class: "see-thumb", type: "button", role: "radio", "aria-label": name, title: name };
  const button = el("button", props, canvas);
  if (text) button.append(el("span", { class: "see-strip-name" }, text));
  return { choice, button, canvas, row, column };
}

/** The thumbnail one step away, or the same one at the edge. Rollout is left of the first column. */
function neighbour(thumbnails: Thumbnail[], from: Thumbnail, [down, right]: [number, number]): Thumbnail {
  const row = from.row + down;
  const column = from.column + right;
  if (column < 0) return thumbnails[0] ?? from;
  return thumbnails.find((one) => one.row === row && one.column === column) ?? from;
}
