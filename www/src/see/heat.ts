/** Paints attention over the image as the model sees it: a patch has one colour, dark on paper and light on ink. */
import type { Prediction } from "../protocol/engine.js";
import { COLOURS } from "../ui/colour.js";
import { context2d } from "../ui/dom.js";
import { cornerOf, inkAt, paddedSide, type AttentionMap } from "./maps.js";

/** How bright paper is. */
const PAPER = 0.65;
/** How much white is in ink: enough to be seen, little enough to show the colour of its patch. */
const INK = 0.45;

/** The colours of the scale, `[256, 3]` bytes each: legends show both. */
export const PAPER_COLOURS: Uint8Array = COLOURS.map((channel) => Math.round(channel * PAPER));
export const INK_COLOURS: Uint8Array = COLOURS.map((channel) => Math.round(255 * INK + channel * (1 - INK)));

/** Paints a map over the padded image, one canvas pixel for each of the image. */
export function paintHeat(canvas: HTMLCanvasElement, prediction: Prediction, map: AttentionMap): void {
  const side = paddedSide(prediction);
  if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  for (let patch = 0; patch < map.shares.length; patch++) paintPatch(image, prediction, patch, onScale(map, patch));
  context2d(canvas).putImageData(image, 0, 0);
}

/** The place of a share on the colour scale, which goes from 0 to the largest share of its map. */
export function onScale(map: AttentionMap, patch: number): number {
  return map.largest > 0 ? (map.shares[patch] ?? 0) / map.largest : 0;
}

function paintPatch({ data, width }: ImageData, prediction: Prediction, patch: number, share: number): void {
  const colour = 3 * Math.round(255 * share);
  const { x, y } = cornerOf(prediction, patch);
  for (let row = y; row < y + prediction.patch; row++) {
    for (let column = x; column < x + prediction.patch; column++) {
      const ink = inkAt(prediction, column, row) / 255;
      const pixel = 4 * (row * width + column);
      for (let channel = 0; channel < 3; channel++) {
        const [light, dark] = [INK_COLOURS[colour + channel] ?? 0, PAPER_COLOURS[colour + channel] ?? 0];
        data[pixel + channel] = light * ink + dark * (1 - ink);
      }
      data[pixel + 3] = 255;
    }
  }
}
