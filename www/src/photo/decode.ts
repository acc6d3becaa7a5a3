/** Decodes a picture, and takes the pixels of a part of it. */
import type { Box } from "../draw/geometry.js";
import { t } from "../text/language.js";
import { WHOLE } from "./crop.js";

/** The longer side of the pixels that are read: enough for a digit, and read in a moment. */
const READ = 512;
/** The longer side of the detailed picture, so that a small part of it still has enough pixels. */
const DETAILED = 2048;

/** A decoded picture. */
export interface Picture {
  /** The whole picture, with at most `READ` pixels on its longer side. */
  readonly small: ImageBitmap;
  /** With more pixels; made when it is first wanted. */
  detailed(): Promise<ImageBitmap>;
  /** Frees the memory. */
  close(): void;
}

/** Decodes a picture. Throws an error with a message for the user. */
export async function decode(file: Blob): Promise<Picture> {
  const whole = await createImageBitmap(file).catch(() => {
    throw new Error(t("This browser cannot read that file as a picture. Use a PNG or a JPEG."));
  });
  const small = await shrink(file, whole, READ);
  // A large picture is not kept: 12 megapixels are 48 MB.
  const keep = Math.max(whole.width, whole.height) <= DETAILED;
  if (!keep && small !== whole) whole.close();
  let detail: Promise<ImageBitmap> | null = keep ? Promise.resolve(whole) : null;
  return {
    small,
    detailed: () => (detail ??= createImageBitmap(file).then((again) => shrink(file, again, DETAILED)).catch(() => small)),
    close() {
      small.close();
      void detail?.then((bitmap) => bitmap.close());
    },
  };
}

/** A picture with at most `most` pixels on its longer side. Decoding it again lets the browser scale it off the main thread. */
async function shrink(file: Blob, whole: ImageBitmap, most: number): Promise<ImageBitmap> {
  const [resizeWidth, resizeHeight, scale] = scaled(whole.width, whole.height, most);
  if (scale === 1) return whole;
  // If the browser cannot resize, the canvas does it.
  return createImageBitmap(file, { resizeWidth, resizeHeight, resizeQuality: "medium" }).catch(() => whole);
}

function scaled(width: number, height: number, most: number): [width: number, height: number, scale: number] {
  const scale = Math.min(1, most / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)), scale];
}

/** The pixels of a part of a picture, at most `READ` on the longer side. */
export async function pixelsOf(picture: Picture, part: Box): Promise<ImageData> {
  const bitmap = part === WHOLE ? picture.small : await picture.detailed();
  const [x, y] = [Math.round(part.x * bitmap.width), Math.round(part.y * bitmap.height)];
  const wide = Math.max(1, Math.min(bitmap.width - x, Math.round(part.width * bitmap.width)));
  const tall = Math.max(1, Math.min(bitmap.height - y, Math.round(part.height * bitmap.height)));
  const [columns, rows, scale] = scaled(wide, tall, READ);
  const context = new OffscreenCanvas(columns, rows).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error(t("This browser did not provide enough memory for the picture. Close other tabs and try again."));
  // Its scaling averages all pixels; a canvas may leave out some.
  const size = { resizeWidth: columns, resizeHeight: rows };
  const resized = (): Promise<ImageBitmap | null> =>
    createImageBitmap(bitmap, x, y, wide, tall, { ...size, resizeQuality: "medium" }).catch(() => null);
  const small = scale === 1 ? null : await resized();
  if (small) context.drawImage(small, 0, 0);
  else context.drawImage(bitmap, x, y, wide, tall, 0, 0, columns, rows);
  small?.close();
  return context.getImageData(0, 0, columns, rows);
}
