/** The keys of all tokens: the patches in their places, the class token above, each with its score. */
import { paintHeat } from "../see/heat.js";
import { cornerOf, type AttentionMap } from "../see/maps.js";
import { readerName } from "../see/sentence.js";
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { context2d, el } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import { neighbour } from "./arrows.js";
import type { HeadSteps } from "./head.js";
import type { Pick } from "./pick.js";
import { number } from "./words.js";

/** The keys, for their owner. */
export interface Keys {
  element: HTMLElement;
  /** Shows the scores of all keys; `token` is the one that asks. */
  show(prediction: Prediction, steps: HeadSteps, token: number): void;
}

interface Cell {
  button: HTMLButtonElement;
  picture: HTMLCanvasElement | null;
  score: HTMLElement;
}

/** More patches per side than this have no space for their scores. */
const MOST_NUMBERS = 8;

const heat = document.createElement("canvas");

/** Creates the keys; `describedBy` is the id of the element with the arithmetic. */
export function createKeys(pick: Pick, describedBy: string): Keys {
  const element = el("div", { class: "attention-keys", role: "radiogroup", "aria-label": t("Keys"), "aria-describedby": describedBy });
  let cells: Cell[] = [];
  let columns = 0;
  listen(element, pick, () => cells, () => columns);
  return {
    element,
    show(prediction, steps, token) {
      const { tokens, grid } = prediction;
      if (cells.length !== tokens || columns !== grid) {
        columns = grid;
        cells = Array.from({ length: tokens }, (_, key) => createCell(key < tokens - grid * grid));
        element.classList.toggle("dense", grid > MOST_NUMBERS);
        element.style.setProperty("--grid", String(grid));
        element.replaceChildren(...cells.map(({ button }) => button));
      }
      paintHeat(heat, prediction, mapOf(steps.shares, tokens - grid * grid));
      const chosen = pick.at(tokens);
      cells.forEach((cell, key) => showCell(cell, prediction, steps, { key, chosen, token }));
    },
  };
}

/** The name of a token. */
export function tokenName(prediction: Prediction, index: number): string {
  const first = prediction.tokens - prediction.grid ** 2;
  return readerName(prediction, index < first ? { kind: "class" } : { kind: "patch", patch: index - first });
}

function mapOf(shares: Float32Array, first: number): AttentionMap {
  const patches = shares.subarray(first);
  const largest = patches.reduce((most, share) => Math.max(most, share), 0);
  return { shares: patches, largest, peak: patches.indexOf(largest), classShare: first > 0 ? (shares[0] ?? 0) : 0 };
}

function createCell(ofClass: boolean): Cell {
  const score = el("span", { class: "attention-score" });
  const picture = ofClass ? null : el("canvas", { class: "pixels" });
  const sign = ofClass ? [el("span", { class: "attention-class" }, "C"), el("span", {}, t("the class token"))] : [];
  const button = el("button", { type: "button", role: "radio", class: ofClass ? "attention-key attention-key-class" : "attention-key" }, picture, ...sign, score);
  return { button, picture, score };
}

function showCell({ button, picture, score }: Cell, prediction: Prediction, steps: HeadSteps, { key, chosen, token }: { key: number; chosen: number; token: number }): void {
  const text = number(steps.scores[key] ?? 0);
  score.textContent = text;
  const said = { key: tokenName(prediction, key), score: text, share: percent(steps.shares[key] ?? 0) };
  button.setAttribute("aria-label", t("{key}: score {score}, share {share}", said));
  button.setAttribute("aria-checked", String(key === chosen));
  button.tabIndex = key === chosen ? 0 : -1;
  button.classList.toggle("asks", key === token);
  if (picture) paintPatch(picture, prediction, key - (prediction.tokens - prediction.grid ** 2));
}

function paintPatch(canvas: HTMLCanvasElement, prediction: Prediction, patch: number): void {
  const { patch: side } = prediction;
  const { x, y } = cornerOf(prediction, patch);
  if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
  context2d(canvas).drawImage(heat, x, y, side, side, 0, 0, side, side);
}

/** Pointing shows a key, a click or the arrow keys choose it. */
function listen(element: HTMLElement, pick: Pick, cells: () => Cell[], columns: () => number): void {
  const under = (event: Event): number => cells().findIndex(({ button }) => event.target instanceof Node && button.contains(event.target));
  element.addEventListener("pointerover", (event) => {
    const key = under(event);
    if (event.pointerType !== "touch" && key >= 0) pick.peek(key);
  });
  element.addEventListener("pointerleave", () => pick.peek(null));
  element.addEventListener("click", (event) => {
    const key = under(event);
    if (key >= 0) pick.keep(key);
  });
  element.addEventListener("keydown", (event) => {
    const count = cells().length;
    const next = neighbour(event.key, under(event), columns(), count);
    if (next === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pick.keep(next);
    cells()[next]?.button.focus();
  });
}
