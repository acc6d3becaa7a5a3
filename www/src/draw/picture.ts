/** Turns pictures into ink: any PNG, JPEG or photo of a digit becomes grey ink on paper. */
import type { Content } from "./content.js";
import { inkOf } from "./binarise.js";
import { boxOfInk } from "./geometry.js";

/** The longer side that a picture is scaled to. */
const MOST = 512;
/**
 * The side of the square around the ink, as a multiple of the ink's size: the model's image has 28 pixels around 20 of
 * ink.
 */
const PAPER = 1.4;

/** The messages for pictures that cannot be read. */
const WITHOUT = {
  nothing: "There is no writing in this picture. Take a close-up of dark ink on plain paper.",
  several: "There seem to be several digits in this picture. The model predicts one at a time: show only one of them.",
};

/** Whether the file's type is that of a picture. */
export function isPicture(file: { type: string }): boolean {
  return file.type.startsWith("image/");
}

/** Reads a picture. Throws an error with a message for the user. */
export async function readPicture(file: Blob): Promise<Content> {
  const { data, width, height } = await decode(file);
  const found = await inkOf(data, width, height);
  if (found.writing !== "one") throw new Error(WITHOUT[found.writing]);
  return aroundInk(found.ink, width, height);
}

/** Crops to a square around the ink with some paper, so that it fills the canvas as a drawing does. */
function aroundInk(pixels: Uint8Array, width: number, height: number): Content {
  const box = boxOfInk(pixels, width) ?? { x: 0, y: 0, width, height };
  const side = Math.ceil(Math.max(box.width, box.height) * PAPER);
  const left = Math.round(box.x + (box.width - side) / 2);
  const top = Math.round(box.y + (box.height - side) / 2);
  const cut = new Uint8Array(side * side);
  for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
    const [from, to] = [Math.max(0, left), Math.min(width, left + side)];
    cut.set(pixels.subarray(y * width + from, y * width + to), (y - top) * side + from - left);
  }
  return { kind: "ink", pixels: cut, width: side, height: side };
}

async function decode(file: Blob): Promise<ImageData> {
  const whole = await createImageBitmap(file).catch(() => {
    throw new Error("This browser cannot read that file as a picture. Use a PNG or a JPEG.");
  });
  const scale = Math.min(1, MOST / Math.max(whole.width, whole.height));
  const width = Math.max(1, Math.round(whole.width * scale));
  const height = Math.max(1, Math.round(whole.height * scale));
  const small = scale < 1 ? await shrink(file, whole, width, height) : whole;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser did not provide enough memory for the picture. Close other tabs and try again.");
  context.drawImage(small, 0, 0, width, height);
  small.close();
  return context.getImageData(0, 0, width, height);
}

/** The picture with fewer pixels. Decoding it again lets the browser scale it off the main thread. */
async function shrink(file: Blob, whole: ImageBitmap, width: number, height: number): Promise<ImageBitmap> {
  try {
    const small = await createImageBitmap(file, { resizeWidth: width, resizeHeight: height, resizeQuality: "medium" });
    whole.close();
    return small;
  } catch {
    // If the browser cannot resize, the canvas does it.
    return whole;
  }
}
