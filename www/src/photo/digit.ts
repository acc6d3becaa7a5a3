/** A digit of a picture as content of the canvas. */
import type { Content } from "../draw/content.js";
import type { Digit } from "./grouping.js";

/**
 * The side of the square around the ink, as a multiple of the ink's size: the model's image has 28 pixels around 20 of
 * ink.
 */
const PAPER = 1.4;

/** A digit's ink in the middle of a square with some paper around it, so that it fills the canvas as a drawing does. */
export function contentOf({ ink: { pixels, width, height } }: Digit): Content {
  const side = Math.ceil(Math.max(width, height) * PAPER);
  const [left, top] = [Math.floor((side - width) / 2), Math.floor((side - height) / 2)];
  const square = new Uint8Array(side * side);
  for (let y = 0; y < height; y++) square.set(pixels.subarray(y * width, (y + 1) * width), (top + y) * side + left);
  return { kind: "ink", pixels: square, width: side, height: side };
}
