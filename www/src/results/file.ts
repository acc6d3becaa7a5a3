/** A model from a file: use it for predictions, or continue training from it. */
import type { App } from "../app.js";
import { plain } from "../client/errors.js";
import type { ModelInfo } from "../protocol/messages.js";
import { modelInWords } from "../ui/model-words.js";
import { byId } from "../ui/dom.js";
import { errorSentence, integer, plural } from "../ui/format.js";
import { listed, shortened } from "../ui/names.js";

/** Larger files cannot be our models: the engine allows 200 million parameters of 4 bytes. */
const MOST_BYTES = 850_000_000;

/** Connects the file input and its button. */
export function modelFile(app: App): void {
  const input = byId("results-file", HTMLInputElement);
  const go = byId("results-continue", HTMLButtonElement);
  const note = byId("results-file-note", HTMLElement);
  let opened: { weights: Uint8Array; info: ModelInfo; name: string } | null = null;

  const open = async (file: File): Promise<void> => {
    const name = shortened(file.name);
    note.textContent = `Reading ${name}…`;
    try {
      if (file.size > MOST_BYTES) throw new Error(`${name} is too large for a model of this page.`);
      const weights = new Uint8Array(await file.arrayBuffer());
      const info = await app.predictor.call("use", { weights });
      opened = { weights, info, name: file.name };
      go.disabled = false;
      note.textContent = `${name}: ${inWords(info)}. The canvas uses it now.`;
      app.emit("use-model", { source: "file", label: name, weights });
    } catch (error) {
      const before = opened === null ? "" : ` ${shortened(opened.name)} is still there to train from.`;
      note.textContent = errorSentence(plain(error, "file")) + before;
    }
  };
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    // So that the same file can be chosen again.
    if (file) void open(file).finally(() => (input.value = ""));
  });
  go.addEventListener("click", () => {
    if (!opened) return;
    const misfit = mismatch(app, opened.info);
    if (misfit) {
      note.textContent = misfit;
      return;
    }
    const { weights, info, name } = opened;
    app.emit("start-from", { weights, model: info.model, name });
    byId("run", HTMLElement).scrollIntoView();
  });
}

function inWords({ model, parameters, class_names }: ModelInfo): string {
  const names = class_names.length > 0 ? ` (${listed(class_names)})` : "";
  return `images of ${model.image_size}×${model.image_size}, ${modelInWords(model)}, `
    + `${plural(model.classes, "class", "classes")}${names}, ${integer(parameters)} parameters`;
}

/** Why this model cannot be trained on the current data; null if it can. */
function mismatch(app: App, { model }: ModelInfo): string | null {
  const { side, classes } = app.last("data")?.material ?? { side: 28, classes: 10 };
  if (side === model.image_size && classes === model.classes) return null;
  return `This model takes images of ${model.image_size}×${model.image_size} in ${model.classes} classes, `
    + `but the data has ${side}×${side} in ${classes}. Use data that fits the model.`;
}
