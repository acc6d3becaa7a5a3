/**
 * The paper behind the writing: what is left of a picture when all that is dark and thin is taken out of it. Edges of
 * shadows, of the sheet and of the table around it stay where they are, so none of them is taken for ink.
 */

/** Grey pixels in row order. */
export interface Grey {
  pixels: Uint8Array;
  width: number;
  height: number;
}

/**
 * Fills everything dark into which no square of `side` pixels fits with the brightness around it (a morphological
 * closing): first bright parts grow by the square, then dark parts grow back. Beyond the picture its edge goes on, so
 * that a dark margin is as wide as it can be, and stays.
 */
export function fillDark(grey: Grey, side: number): Uint8Array {
  return growDark(growBright(grey, side), grey, side);
}

/** The first half of `fillDark`, for a picture that takes its time: the brightest of each square. */
export function growBright(grey: Grey, side: number): Grey {
  const padded = pad(grey, side);
  brightest(padded.pixels, 1, side);
  brightest(padded.pixels, padded.width, side);
  return padded;
}

/** The second half: of what `growBright` gave, the darkest of each square, for the pixels of the picture. */
export function growDark(padded: Grey, { width, height }: Grey, side: number): Uint8Array {
  darkest(padded.pixels, 1, side);
  darkest(padded.pixels, padded.width, side);
  return crop(padded, side, width, height);
}

/** The picture with `margin` more pixels on each side, which repeat its edge. */
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
 * Each value becomes the largest of the `length` that begin with it, `stride` apart. Windows of 1, 2, 4… values are put
 * together from two halves each. At the end of a row they run into the next one: that is within the margin.
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

/** Each value becomes the smallest of the `length` that end with it: windows that mirror those of `brightest`. */
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
