/**
 * Paints attention over the image as the model sees it: ink on paper, and the larger a patch's share, the warmer its
 * colour.
 */
import type { Prediction } from "../protocol/engine.js";
import { mixed, onColoursChange, tokenBytes } from "../ui/colour.js";
import { context2d } from "../ui/dom.js";
import { cornerOf, inkAt, paddedSide, type AttentionMap } from "./maps.js";

/** How much of the ink's own colour is mixed in: enough to be visible, little enough to show the share of its patch. */
const INK = 0.72;

/** The colours of the scale, `[256, 3]` bytes each, for ink and for paper: legends show both. */
export interface HeatColours {
  paper: Uint8Array;
  ink: Uint8Array;
}

let colours: HeatColours | null = null;
onColoursChange(() => (colours = null));

/** The scale in the page's colours, light or dark. */
export function heatColours(): HeatColours {
  colours ??= scale();
  return colours;
}

function scale(): HeatColours {
  const stops = ["heat-none", "heat-some", "heat-most"].map(tokenBytes);
  const ink = tokenBytes("ink");
  const table: HeatColours = { paper: new Uint8Array(256 * 3), ink: new Uint8Array(256 * 3) };
  for (let value = 0; value < 256; value++) {
    const place = (2 * value) / 255;
    const first = Math.min(1, Math.floor(place));
    const paper = mixed(stops[first] ?? ink, stops[first + 1] ?? ink, place - first);
    table.paper.set(paper, 3 * value);
    table.ink.set(mixed(paper, ink, INK), 3 * value);
  }
  return table;
}

/** Paints a map over the padded image, one canvas pixel per image pixel. */
export function paintHeat(canvas: HTMLCanvasElement, prediction: Prediction, map: AttentionMap): void {
  const side = paddedSide(prediction);
  if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  for (let patch = 0; patch < map.shares.length; patch++) paintPatch(image, prediction, patch, onScale(map, patch));
  context2d(canvas).putImageData(image, 0, 0);
}

/** The position of a share on the colour scale, from 0 to the largest share of its map. */
export function onScale(map: AttentionMap, patch: number): number {
  return map.largest > 0 ? (map.shares[patch] ?? 0) / map.largest : 0;
}

function paintPatch({ data, width }: ImageData, prediction: Prediction, patch: number, share: number): void {
  const table = heatColours();
  const colour = 3 * Math.round(255 * share);
  const { x, y } = cornerOf(prediction, patch);
  for (let row = y; row < y + prediction.patch; row++) {
    for (let column = x; column < x + prediction.patch; column++) {
      const ink = inkAt(prediction, column, row) / 255;
      const pixel = 4 * (row * width + column);
      for (let channel = 0; channel < 3; channel++) {
        const [dark, light] = [table.ink[colour + channel] ?? 0, table.paper[colour + channel] ?? 0];
        data[pixel + channel] = dark * ink + light * (1 - ink);
      }
      data[pixel + 3] = 255;
    }
  }
}
