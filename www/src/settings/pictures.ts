/** The two pictures of the settings, patches and deformations: painted only while they are visible. */
import type { App } from "../app.js";
import type { RunSettings } from "../protocol/engine.js";
import { byId } from "../ui/dom.js";
import { createPreview } from "./deform-preview.js";
import { showPatches } from "./patch-picture.js";
import { createAugmentationSamples } from "./sample.js";

/** The pictures, for their owner. */
export interface SettingsPictures {
  /** The settings or the data changed. */
  refresh(): void;
}

/** Creates the pictures for the settings that `settings` returns. */
export function createPictures(app: App, settings: () => RunSettings | null): SettingsPictures {
  const samples = createAugmentationSamples(app);
  const preview = createPreview(app);
  const model = byId("settings-model", HTMLDetailsElement);
  const augment = byId("settings-augment", HTMLDetailsElement);
  let source = "";

  const paint = (): void => {
    const now = settings();
    if (!now) return;
    if (model.open && "patch_size" in now.model) showPatches(now.model, samples.current);
    if (augment.open && samples.current) preview.show(samples.current, now.train.augment);
  };

  const another = async (): Promise<void> => {
    await samples.next();
    paint();
  };

  const refresh = (): void => {
    if (!model.open && !augment.open) return;
    paint();
    const files = app.last("data")?.files.map((file) => file.id).join() ?? "";
    if (samples.current && files === source) return;
    source = files;
    void another();
  };

  for (const details of [model, augment]) details.addEventListener("toggle", refresh);
  byId("deform-again", HTMLButtonElement).addEventListener("click", () => {
    preview.reseed();
    void another();
  });
  return { refresh };
}
