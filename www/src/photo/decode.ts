/** Decodes a picture, and takes the pixels of a part of it. */
import type { Box } from "../draw/geometry.js";

/** The longer side of the pixels that are read: enough for a digit, and read in a moment. */
const READ = 512;
/** The longer side that is kept of a picture, so that a small part of it still has enough pixels. */
const KEPT = 2048;

const NO_MEMORY = "This browser did not provide enough memory for the picture. Close other tabs and try again.";

/** A decoded picture. */
export interface Picture {
  readonly bitmap: ImageBitmap;
  readonly width: number;
  readonly height: number;
}

/** Decodes a picture. Throws an error with a message for the user. */
export async function decode(file: Blob): Promise<Picture> {
  const whole = await createImageBitmap(file).catch(() => {
    throw new Error("This browser cannot read that file as a picture. Use a PNG or a JPEG.");
  });
  const bitmap = await shrink(whole);
  return { bitmap, width: bitmap.width, height: bitmap.height };
}

/** The picture with at most `KEPT` pixels on its longer side; the browser scales it off the main thread. */
async function shrink(whole: ImageBitmap): Promise<ImageBitmap> {
  const scale = KEPT / Math.max(whole.width, whole.height);
  if (scale >= 1) return whole;
  const size = { resizeWidth: Math.max(1, Math.round(whole.width * scale)), resizeHeight: Math.max(1, Math.round(whole.height * scale)) };
  try {
    const small = await createImageBitmap(whole, { ...size, resizeQuality: "medium" });
    whole.close();
    return small;
  } catch {
    // If the browser cannot resize, all pixels are kept.
    return whole;
  }
}

/** The pixels of a part of a picture, at most `READ` on the longer side. */
export async function pixelsOf({ bitmap, width, height }: Picture, part: Box): Promise<ImageData> {
  const [x, y] = [Math.round(part.x * width), Math.round(part.y * height)];
  const wide = Math.max(1, Math.min(width - x, Math.round(part.width * width)));
  const tall = Math.max(1, Math.min(height - y, Math.round(part.height * height)));
  const scale = Math.min(1, READ / Math.max(wide, tall));
  const [columns, rows] = [Math.max(1, Math.round(wide * scale)), Math.max(1, Math.round(tall * scale))];
  const context = new OffscreenCanvas(columns, rows).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error(NO_MEMORY);
  const size = { resizeWidth: columns, resizeHeight: rows };
  // Its scaling averages all pixels; a canvas may leave out some.
  const small = await createImageBitmap(bitmap, x, y, wide, tall, { ...size, resizeQuality: "medium" }).catch(() => null);
  if (small) context.drawImage(small, 0, 0);
  else context.drawImage(bitmap, x, y, wide, tall, 0, 0, columns, rows);
  small?.close();
  return context.getImageData(0, 0, columns, rows);
}
