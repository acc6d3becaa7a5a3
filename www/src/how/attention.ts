/** One head's attention: lines from the class token to the patches that it attends to. */
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import { onScale, paintHeat } from "../see/heat.js";
import { attentionMap, hasClassToken, placeOf, type AttentionMap, type MapChoice } from "../see/maps.js";
import { offPage, sheetOf, type Palette } from "./canvas.js";
import { drawClassToken } from "./patches.js";

/** The side of the class token's symbol, as a share of the height. */
const SIGN = 0.2;
/** The width of the thickest line, in CSS pixels. */
const THICK = 4;
/** Lines below this share of the largest are left out. */
const FAINT = 0.04;

/** Finds the canvas and its selects; the returned function draws a prediction. `changed`: another head was chosen. */
export function createAttention(changed: () => void): (prediction: Prediction, palette: Palette) => void {
  const canvas = byId("how-attention", HTMLCanvasElement);
  const block = byId("how-block", HTMLSelectElement);
  const head = byId("how-head", HTMLSelectElement);
  const note = byId("how-attention-note", HTMLElement);
  for (const select of [block, head]) select.addEventListener("change", changed);
  return (prediction, palette) => {
    // The last block's attention is the closest to the answer.
    fillNumbers(block, prediction.depth, prediction.depth - 1);
    fillNumbers(head, prediction.heads, 0);
    const choice: MapChoice = { kind: "head", block: block.selectedIndex, head: head.selectedIndex };
    const map = attentionMap(prediction, choice, { kind: "class" });
    draw(canvas, prediction, map, palette);
    note.textContent = noteOf(prediction, map);
  };
}

function fillNumbers(select: HTMLSelectElement, count: number, chosen: number): void {
  if (select.dataset["count"] === String(count)) return;
  select.dataset["count"] = String(count);
  select.replaceChildren(...Array.from({ length: count }, (_, i) => el("option", {}, i + 1)));
  select.selectedIndex = chosen;
}

function noteOf(prediction: Prediction, map: AttentionMap): string {
  const { row, column } = placeOf(map.peak, prediction.grid);
  const largest = { share: percent(map.largest, 0), row, column };
  const lines = hasClassToken(prediction)
    ? t("Lines from the class token to the patches it reads: the thicker the line, the larger the share. The largest, {share}, goes to row {row}, column {column}.", largest)
    : t("Lines from all patches to what they read: the thicker the line, the larger the share. The largest, {share}, goes to row {row}, column {column}.", largest);
  if (map.classShare <= 0) return lines;
  return `${lines} ${t("{share} goes to the class token itself.", { share: percent(map.classShare, 0) })}`;
}

const heat = offPage();

function draw(canvas: HTMLCanvasElement, prediction: Prediction, map: AttentionMap, palette: Palette): void {
  const sheet = sheetOf(canvas);
  if (!sheet) return;
  const { context, width, height } = sheet;
  const left = width - height;
  const sign = height * SIGN;
  paintHeat(heat, prediction, map);
  context.drawImage(heat, left, 0, height, height);
  drawLines(context, prediction, map, { from: [sign, height / 2], left, side: height }, palette);
  if (hasClassToken(prediction)) drawClassToken(context, palette, 0, (height - sign) / 2, sign);
}

interface Place {
  from: [number, number];
  /** The position and size of the image. */
  left: number;
  side: number;
}

/** Curves in the accent colour with an outline in the paper's colour, so that they stand out from the image too. */
function drawLines(
  context: CanvasRenderingContext2D, prediction: Prediction, map: AttentionMap, { from, left, side }: Place, palette: Palette,
): void {
  const cell = side / prediction.grid;
  context.lineCap = "round";
  map.shares.forEach((_, patch) => {
    const share = onScale(map, patch);
    if (share < FAINT) return;
    const { row, column } = placeOf(patch, prediction.grid);
    const [x, y] = [left + (column - 0.5) * cell, (row - 0.5) * cell];
    const bend = (from[0] + left) / 2;
    context.beginPath();
    context.moveTo(...from);
    context.bezierCurveTo(bend, from[1], bend, y, x, y);
    context.globalAlpha = 0.15 + 0.85 * share;
    for (const [colour, wide] of [[palette.paper, 1.5], [palette.accent, 0]] as const) {
      context.strokeStyle = colour;
      context.lineWidth = THICK * share + wide;
      context.stroke();
    }
  });
  context.globalAlpha = 1;
}
