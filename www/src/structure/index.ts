/**
 * Views of models that are no plain Vision Transformers: how they are built, and where they look. A script of its own,
 * fetched for the first such model.
 */
import type { App } from "../app.js";
import { STRUCTURE_URL } from "../assets.js";
import { failure } from "../client/errors.js";
import { whyMissing } from "../client/files.js";
import { frameOf } from "../draw/geometry.js";
import { noteOutdated } from "../offline/outdated.js";
import { t } from "../text/language.js";
import { showError } from "../ui/dom.js";
import type { createStructure } from "./view.js";

/** The exports of the script. */
interface Script {
  createStructure: typeof createStructure;
}

/** Starts this part. */
export function mount(app: App): void {
  let asked = false;
  app.on("prediction", (seen) => {
    const other = seen?.parts !== undefined;
    // What is shown for a model stays when the canvas is cleared.
    if (seen) document.documentElement.classList.toggle("other-model", other);
    if (!other || asked) return;
    asked = true;
    void fetchScript().then(
      (script) => script.createStructure(app, frameOf),
      (error: unknown) => {
        asked = false;
        noteOutdated(error);
        showError(error as Error);
      },
    );
  });
}

async function fetchScript(): Promise<Script> {
  return (import(STRUCTURE_URL) as Promise<Script>).catch(async () => {
    throw failure(await whyMissing(STRUCTURE_URL, t("What shows this model")));
  });
}
