/** Colours: a colour map suitable for colour-blind people, and the page's colour tokens for canvases. */

/** Points of cividis (Nuñez, Anderton, Renslow 2018), evenly spaced, dark blue to yellow. */
const CIVIDIS: readonly (readonly [number, number, number])[] = [
  [0, 32, 77], [0, 48, 111], [42, 63, 108], [72, 78, 108], [94, 94, 111], [114, 110, 115], [132, 125, 119],
  [152, 141, 119], [172, 157, 115], [194, 174, 108], [216, 192, 97], [238, 211, 80], [255, 234, 70],
];

/** The data colour map, `[256, 3]` bytes: small values dark blue, large ones yellow. */
export const COLOURS: Uint8Array = table();

function table(): Uint8Array {
  const colours = new Uint8Array(256 * 3);
  for (let value = 0; value < 256; value++) {
    const place = (value / 255) * (CIVIDIS.length - 1);
    const index = Math.min(CIVIDIS.length - 2, Math.floor(place));
    for (let channel = 0; channel < 3; channel++) {
      const from = CIVIDIS[index]?.[channel] ?? 0;
      const to = CIVIDIS[index + 1]?.[channel] ?? 0;
      colours[3 * value + channel] = Math.round(from + (to - from) * (place - index));
    }
  }
  return colours;
}

/** The colour of a share from 0 to 1, as bytes. */
export function colourBytes(share: number): [number, number, number] {
  const value = 3 * Math.round(255 * Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)));
  return [COLOURS[value] ?? 0, COLOURS[value + 1] ?? 0, COLOURS[value + 2] ?? 0];
}

/** The colour of a share from 0 to 1, for CSS and canvases. */
export function colourOf(share: number, alpha = 1): string {
  return `rgb(${colourBytes(share).join(" ")} / ${alpha})`;
}

/** Black or white, whichever is legible on the colour of a share. */
export function textOn(share: number): "#000" | "#fff" {
  return contrast(luminance(colourBytes(share)), 0) >= contrast(1, luminance(colourBytes(share))) ? "#000" : "#fff";
}

function luminance(colour: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = colour.map((byte) => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(lighter: number, darker: number): number {
  return (lighter + 0.05) / (darker + 0.05);
}

/** The steps of the map as a CSS gradient, for legends. */
export function gradient(direction = "to right"): string {
  return `linear-gradient(${direction}, ${CIVIDIS.map((colour) => `rgb(${colour.join(" ")})`).join(", ")})`;
}

/** The current value of a token of base.css: `token("accent")`. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The bytes of a token that is a colour of six hexadecimal digits. */
export function tokenBytes(name: string): [red: number, green: number, blue: number] {
  const bits = Number.parseInt(token(name).slice(1), 16);
  return [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255];
}

/** A colour between two: `share` 0 is the first, 1 the second. */
export function mixed(one: readonly number[], other: readonly number[], share: number): [number, number, number] {
  const at = (channel: number): number =>
    Math.round((one[channel] ?? 0) + ((other[channel] ?? 0) - (one[channel] ?? 0)) * share);
  return [at(0), at(1), at(2)];
}

/** Calls `listener` when light and dark change: canvases must be repainted. */
export function onColoursChange(listener: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
}
