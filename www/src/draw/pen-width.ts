/** The pen's width, in pixels of the 28×28 image, and how pressure changes it. */

/** The median of MNIST's training images. */
export const NORMAL_PEN = 2.4;

/** The side of the image in whose pixels the pen's width is measured. */
export const IMAGE_SIDE = 28;

/** The factor on the pen's width for a pressure from 0 to 1; the engine uses the same. */
export function widthUnder(pressure: number): number {
  return 0.6 + 0.8 * Math.min(1, Math.max(0, pressure));
}
