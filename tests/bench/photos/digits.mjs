/** Digits to photograph: pen strokes and MNIST's test images, neither of which the shipped model was trained on. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Images of MNIST have this side; their digits fill this many pixels of it. */
const [SIDE, FILLED] = [28, 20];

/**
 * Reads all digits below a folder: `strokes/pendigits-train.jsonl.gz` and `mnist/t10k-*`. Each is drawn in a square from
 * -0.5 to 0.5 in both directions, which its longer side fills.
 */
export function readDigits(folder) {
  return { strokes: readStrokes(join(folder, "strokes")), images: readImages(join(folder, "mnist")) };
}

function readStrokes(folder) {
  const lines = gunzipSync(readFileSync(join(folder, "pendigits-train.jsonl.gz"))).toString().trim().split("\n");
  return lines.map((line) => {
    const { label, strokes } = JSON.parse(line);
    return { label, strokes: fitted(strokes) };
  });
}

function fitted(strokes) {
  const points = strokes.flat();
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = 1 / Math.max(1, right - left, bottom - top);
  return strokes.map((stroke) => stroke.map(([x, y]) => [(x - (left + right) / 2) * scale, (y - (top + bottom) / 2) * scale]));
}

function readImages(folder) {
  const pixels = gunzipSync(readFileSync(join(folder, "t10k-images-idx3-ubyte.gz"))).subarray(16);
  const labels = gunzipSync(readFileSync(join(folder, "t10k-labels-idx1-ubyte.gz"))).subarray(8);
  const area = SIDE * SIDE;
  return Array.from(labels, (label, i) => ({ label, image: pixels.subarray(i * area, (i + 1) * area) }));
}

/** How much of a pen covers a position of an image's square, 0 to 1: interpolated, then made as sharp as ink. */
export function coverOfImage(image, x, y) {
  const [column, row] = [x * FILLED + SIDE / 2 - 0.5, y * FILLED + SIDE / 2 - 0.5];
  const [left, top] = [Math.floor(column), Math.floor(row)];
  if (left < 0 || top < 0 || left >= SIDE - 1 || top >= SIDE - 1) return 0;
  const [across, down] = [column - left, row - top];
  const at = top * SIDE + left;
  const upper = image[at] * (1 - across) + image[at + 1] * across;
  const lower = image[at + SIDE] * (1 - across) + image[at + SIDE + 1] * across;
  return Math.min(1, Math.max(0, (upper * (1 - down) + lower * down - 90) / 60));
}
