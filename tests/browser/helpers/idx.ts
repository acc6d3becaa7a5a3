/** IDX files, the format of the original MNIST. */
import type { Brought } from "./csv.js";

/** Images with ink in the row of their class; `shade` distinguishes sets. */
export function idxImages(name: string, labels: readonly number[], shade = 255, side = 28): Brought {
  const pixels = Buffer.alloc(labels.length * side * side);
  labels.forEach((label, image) => {
    for (let at = 0; at < side * side; at++) {
      if (Math.floor(at / side) % 10 === label) pixels[image * side * side + at] = shade;
    }
  });
  return { name, bytes: Buffer.concat([header(0x803, labels.length, side, side), pixels]) };
}

/** Labels. */
export function idxLabels(name: string, labels: readonly number[]): Brought {
  return { name, bytes: Buffer.concat([header(0x801, labels.length), Buffer.from(labels)]) };
}

function header(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
}
