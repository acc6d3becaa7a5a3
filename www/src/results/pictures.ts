/** The images behind `SamplePrediction.index`, fetched from the trainer in batches and cached. */
import type { App } from "../app.js";
import type { DataState, RunRecord } from "../protocol/messages.js";

/** The most images in the cache. */
const MOST = 3000;

/** The images of the training data. */
export interface Pictures {
  /** The images by index; null if the trainer cannot provide them now. */
  get(indices: number[]): Promise<{ side: number; pixels: Map<number, Uint8Array> } | null>;
}

/** The images of the page's current data. */
export function pictures(app: App): Pictures {
  const kept = new Map<number, Uint8Array>();
  let side = 0;
  let owner = "";
  app.on("data", () => kept.clear());
  app.on("run", () => {
    // Another run may number its images differently.
    const run = app.last("run")?.id ?? "";
    if (run !== owner) kept.clear();
    owner = run;
  });
  return {
    async get(indices) {
      const missing = indices.filter((index) => !kept.has(index));
      if (missing.length > 0) {
        const got = await app.trainer.call("images", { indices: missing }).catch(() => null);
        if (!got) return null;
        if (kept.size > MOST) kept.clear();
        ({ side } = got);
        const size = side * side;
        missing.forEach((index, i) => kept.set(index, got.pixels.subarray(i * size, (i + 1) * size)));
      }
      return { side, pixels: new Map(indices.flatMap((index) => pair(index, kept.get(index)))) };
    },
  };
}

function pair(index: number, pixels: Uint8Array | undefined): [number, Uint8Array][] {
  return pixels ? [[index, pixels]] : [];
}

/** Whether the images that a run was trained on are the page's current ones, with the same indices. */
export function sameImages(run: RunRecord, data: DataState | undefined): boolean {
  if (!data?.material) return false;
  const of = ({ files, material }: Pick<DataState, "files" | "material">): string => JSON.stringify([
    files.filter(({ part }) => part === "train")
      .map(({ name, layout, images, class_counts }) => [name, layout, images, class_counts]),
    material && [material.side, material.classes],
  ]);
  return of(run.data) === of(data);
}
