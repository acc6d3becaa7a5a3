/**
 * The colour for a share of mistakes: one colour mixed with the card's, so that a larger share stands out more in light
 * and dark.
 */
import { context2d, el } from "../ui/dom.js";

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** The proportion of the colour for the smallest and the largest share. */
const [LEAST, MOST] = [0.12, 0.85];

/** The background of a cell, and its text colour: black or white, whichever has more contrast. */
export function shade(share: number, card: Colour, ink: Colour): { background: string; text: "#000" | "#fff" } {
  const part = LEAST + (MOST - LEAST) * Math.min(1, Math.max(0, share));
  const colour = mixed(card, ink, part);
  const light = luminance(colour);
  return { background: `rgb(${colour.join(" ")})`, text: (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) ? "#000" : "#fff" };
}

/** The scale of shares as a gradient. */
export function scale(card: Colour, ink: Colour): string {
  return `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map((share) => shade(share, card, ink).background).join(", ")})`;
}

function mixed(one: Colour, other: Colour, part: number): Colour {
  const channel = (at: 0 | 1 | 2): number => Math.round(one[at] * (1 - part) + other[at] * part);
  return [channel(0), channel(1), channel(2)];
}

/** The relative luminance of WCAG 2. */
export function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((byte) => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Converts a colour in any CSS notation to bytes. */
export function bytesOf(colour: string): Colour {
  const canvas = el("canvas", { width: 1, height: 1 });
  const context = context2d(canvas);
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
