/** One image to show things on: of the data where there is some, else of the built-in digits. */
import type { App } from "../app.js";
import { className, shortened } from "../ui/names.js";

/** An image of `[side, side]` bytes, 0 paper to 255 ink. */
export interface Sample {
  side: number;
  pixels: Uint8Array;
  /** What it is, for people. */
  name: string;
}

/** Where the images come from. */
export interface AugmentationSamples {
  /** The image at hand; nothing before the first `next`. */
  readonly current: Sample | null;
  /** Takes another image. */
  next(): Promise<Sample | null>;
}

/** The digit that the built-in images begin with: it has strokes in every direction. */
const FIRST_DIGIT = 5;

/** Creates the source. */
export function createAugmentationSamples(app: App): AugmentationSamples {
  let current: Sample | null = null;
  let turn = 0;

  const fromData = async (): Promise<Sample | null> => {
    const files = (app.last("data")?.files ?? []).filter(({ images }) => images > 0);
    const file = files.find((one) => one.part === "train") ?? files[0];
    if (!file) return null;
    const index = Math.floor(Math.random() * file.images);
    const { side, pixels, labels } = await app.trainer.call("fileImages", { id: file.id, indices: [index] });
    const label = labels[0] ?? -1;
    const labelled = label < 0 ? "" : `, labelled ${className(file.class_names, label)}`;
    return { side, pixels, name: `an image of ${shortened(file.name)}${labelled}` };
  };

  const fromDigits = async (): Promise<Sample> => {
    const digit = (FIRST_DIGIT + turn) % 10;
    const all = await app.predictor.call("digits", { seed: Math.floor(turn / 10) });
    turn += 1;
    return { side: 28, pixels: all.slice(digit * 784, (digit + 1) * 784), name: `a built-in ${digit}` };
  };

  return {
    get current() {
      return current;
    },
    async next() {
      // A file may be gone by the time it is asked for: the built-in digits are always there.
      current = (await fromData().catch(() => null)) ?? (await fromDigits().catch(() => null));
      return current;
    },
  };
}
