/** The images behind `SamplePrediction.index`, fetched from the trainer in batches and kept for a while. */
import type { App } from "../app.js";
import type { DataState, RunRecord } from "../protocol/messages.js";

/** Images kept at most. */
const MOST = 3000;

/** Images of the material. */
export interface Pictures {
  /** The images by number; nothing where the trainer cannot give them now. */
  get(indices: number[]): Promise<{ side: number; pixels: Map<number, Uint8Array> } | null>;
}

/** Images of the material that the page has now. */
export function pictures(app: App): Pictures {
  const kept = new Map<number, Uint8Array>();
  let side = 0;
  let owner = "";
  app.on("data", () => kept.clear());
  app.on("run", () => {
    // Another run may number other images.
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

/** Whether the images that a run learned from are those that the page has now, by the same numbers. */
export function sameImages(run: RunRecord, data: DataState | undefined): boolean {
  if (!data?.material) return false;
  const of = ({ files, material }: Pick<DataState, "files" | "material">): string => JSON.stringify([
    files.filter(({ part }) => part === "train")
      .map(({ name, layout, images, class_counts }) => [name, layout, images, class_counts]),
    material && [material.side, material.classes],
  ]);
  return of(run.data) === of(data);
}
