/** The live preview of the deformations: versions of one image as training would generate them. */
import type { App } from "../app.js";
import type { Augment } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { paintSheet, type Sheet } from "../ui/sheet.js";
import type { Sample } from "./sample.js";

const VERSIONS = 10;

/** The preview, for its owner. */
export interface Preview {
  show(sample: Sample, augment: Augment): void;
  /** Uses a new random seed from now on. */
  reseed(): void;
}

/** Creates the preview: one request at a time, the newest wins. */
export function createPreview(app: App): Preview {
  const canvas = byId("deform-picture", HTMLCanvasElement);
  let seed = 0;
  let wanted: { sample: Sample; augment: Augment } | null = null;
  let asking = false;
  let sheet: Sheet | null = null;

  const ask = async (): Promise<void> => {
    asking = true;
    while (wanted) {
      const { sample, augment } = wanted;
      wanted = null;
      const { side, pixels: image } = sample;
      // Impossible settings are reported beside their fields; the last possible versions stay.
      const question = { image, side, augment, seed, count: VERSIONS };
      const pixels = await app.predictor.call("deform", question).catch(() => null);
      if (!pixels) continue;
      sheet = sheetOf(pixels, side);
      paintSheet(canvas, sheet);
      canvas.setAttribute("aria-label", t("{count} augmented versions of {name}", { count: VERSIONS, name: sample.name }));
    }
    asking = false;
  };

  new ResizeObserver(() => {
    if (sheet) paintSheet(canvas, sheet);
  }).observe(canvas.parentElement ?? canvas);

  return {
    show(sample, augment) {
      wanted = { sample, augment };
      if (!asking) void ask();
    },
    reseed() {
      seed += 1;
    },
  };
}

function sheetOf(pixels: Uint8Array, side: number): Sheet {
  const tiles = Array.from({ length: VERSIONS }, (_, image) => ({ image, caption: "" }));
  return { side, pixels, tiles, columns: 5 };
}
