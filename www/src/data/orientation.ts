/** Checks with the shipped model whether the user's digits are in the orientation that models expect. */
import type { App } from "../app.js";
import { SHIPPED_WEIGHTS_URL } from "../assets.js";
import type { FileReport } from "../protocol/engine.js";
import type { DataState } from "../protocol/messages.js";
import { t } from "../text/language.js";

/** The image size and classes of the shipped model. */
const SHIPPED = { side: 28, classes: 10 };

/**
 * Returns a function that checks the files of a state that are new or whose orientation changed, one at a time, after
 * they are shown. `said` is called with the result. If the model cannot be fetched, nothing is reported.
 */
export function createCheck(app: App, said: (state: DataState) => void): (state: DataState) => void {
  const checked = new Set<string>();
  let weights: Promise<Uint8Array> | null = null;
  let last: Promise<void> = Promise.resolve();

  const check = async (id: number, holder: string): Promise<void> => {
    const model = await (weights ??= fetchShipped());
    // The file may be gone, or a run may have started, which needs the engine for itself.
    const state = app.last("data");
    if (state?.holder !== holder || !state.files.some((file) => file.id === id) || isBusy(app)) return;
    said(await app.trainer.call("checkOrientation", { id, weights: model }));
  };

  return ({ holder, files, sources }) => {
    for (const file of files) {
      const key = JSON.stringify([holder, file.id, file.orientation]);
      const own = sources.get(file.id)?.some(({ type }) => type === "file") ?? false;
      if (!own || !mayBeDigits(file) || checked.has(key)) continue;
      checked.add(key);
      last = last.then(() => check(file.id, holder)).catch(() => {
        // The notice is only a help: without it the file is used as it is. The next file tries again.
        weights = null;
      });
    }
  };
}

/** The browser has cached them already, for the canvas. */
async function fetchShipped(): Promise<Uint8Array> {
  const response = await fetch(SHIPPED_WEIGHTS_URL);
  if (!response.ok) throw new Error(t("The server says {status}", { status: response.status }));
  return new Uint8Array(await response.arrayBuffer());
}

function isBusy(app: App): boolean {
  const state = app.last("run")?.state;
  return state === "running" || state === "paused";
}

/** Whether the shipped model may fit these images; the engine compares the class names itself. */
function mayBeDigits({ side, labelled, class_counts }: FileReport): boolean {
  return side === SHIPPED.side && labelled && class_counts.length <= SHIPPED.classes;
}
