/** One image for previews: from the data if there is some, else a built-in digit. */
import type { App } from "../app.js";
import { t } from "../text/language.js";
import { className, shortened } from "../ui/names.js";

/** An image of `[side, side]` bytes, 0 is background and 255 ink. */
export interface Sample {
  side: number;
  pixels: Uint8Array;
  /** A description for display. */
  name: string;
}

/** The source of the images. */
export interface AugmentationSamples {
  /** The current image; null before the first `next`. */
  readonly current: Sample | null;
  /** Switches to another image. */
  next(): Promise<Sample | null>;
}

/** The first of the built-in images shows this digit: it has strokes in every direction. */
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
    const from = { file: shortened(file.name) };
    const name = label < 0 ? t("an image of {file}", from)
      : t("an image of {file}, labelled {label}", { ...from, label: className(file.class_names, label) });
    return { side, pixels, name };
  };

  const fromDigits = async (): Promise<Sample> => {
    const digit = (FIRST_DIGIT + turn) % 10;
    const all = await app.predictor.call("digits", { seed: Math.floor(turn / 10) });
    turn += 1;
    return { side: 28, pixels: all.slice(digit * 784, (digit + 1) * 784), name: t("a built-in {digit}", { digit }) };
  };

  return {
    get current() {
      return current;
    },
    async next() {
      // A file may be gone by the time it is requested: the built-in digits are always available.
      current = (await fromData().catch(() => null)) ?? (await fromDigits().catch(() => null));
      return current;
    },
  };
}
