/**
 * The paper behind the writing: the picture with everything dark and thin removed. Edges of shadows, of the sheet and
 * of the table around it stay, so that none of them is mistaken for ink.
 */

/** Grey pixels in row-major order. */
export interface Grey {
  pixels: Uint8Array;
  width: number;
  height: number;
}

/**
 * Fills dark regions too thin for a square of `side` pixels with the brightness around them (a morphological closing):
 * a dilation of the bright parts, then an erosion. The border pixels are repeated beyond the picture, so that a dark
 * margin counts as wide, and stays.
 */
export function fillDark(grey: Grey, side: number): Uint8Array {
  return growDark(growBright(grey, side), grey, side);
}

/**
 * The first half of `fillDark`, callable separately so that a large picture can be processed in steps: the maximum over
 * each square.
 */
export function growBright(grey: Grey, side: number): Grey {
  const padded = pad(grey, side);
  brightest(padded.pixels, 1, side);
  brightest(padded.pixels, padded.width, side);
  return padded;
}

/** The second half: the minimum over each square of what `growBright` returned, cropped to the picture. */
export function growDark(padded: Grey, { width, height }: Grey, side: number): Uint8Array {
  darkest(padded.pixels, 1, side);
  darkest(padded.pixels, padded.width, side);
  return crop(padded, side, width, height);
}

/** The picture padded by `margin` pixels on each side, which repeat its border. */
function pad({ pixels, width, height }: Grey, margin: number): Grey {
  const wide = width + 2 * margin;
  const padded = new Uint8Array(wide * (height + 2 * margin));
  for (let y = 0; y < height + 2 * margin; y++) {
    const row = Math.min(height - 1, Math.max(0, y - margin)) * width;
    const line = padded.subarray(y * wide, (y + 1) * wide);
    line.fill(pixels[row] ?? 0, 0, margin);
    line.set(pixels.subarray(row, row + width), margin);
    line.fill(pixels[row + width - 1] ?? 0, margin + width);
  }
  return { pixels: padded, width: wide, height: height + 2 * margin };
}

function crop({ pixels, width: stride }: Grey, margin: number, width: number, height: number): Uint8Array {
  const cut = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (y + margin) * stride + margin;
    cut.set(pixels.subarray(from, from + width), y * width);
  }
  return cut;
}

/**
 * Replaces each value by the maximum of the `length` values that start with it, `stride` apart. Windows of 1, 2, 4…
 * values are each combined from two halves. At the end of a row, windows run into the next row, but only within the
 * margin.
 */
function brightest(values: Uint8Array, stride: number, length: number): void {
  for (let span = 1; span < length; ) {
    const shift = Math.min(span, length - span) * stride;
    const last = values.length - shift;
    for (let i = 0; i < last; i++) {
      const other = values[i + shift] as number;
      if (other > (values[i] as number)) values[i] = other;
    }
    span += shift / stride;
  }
}

/** Replaces each value by the minimum of the `length` values that end with it: the mirror image of `brightest`. */
function darkest(values: Uint8Array, stride: number, length: number): void {
  for (let span = 1; span < length; ) {
    const shift = Math.min(span, length - span) * stride;
    for (let i = values.length - 1; i >= shift; i--) {
      const other = values[i - shift] as number;
      if (other < (values[i] as number)) values[i] = other;
    }
    span += shift / stride;
  }
}
