/** A model from a file: use it for predictions, or continue training from it. */
import type { App } from "../app.js";
import { plain } from "../client/errors.js";
import type { ModelInfo } from "../protocol/messages.js";
import { t } from "../text/language.js";
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
    note.textContent = t("Reading {name}…", { name });
    try {
      if (file.size > MOST_BYTES) throw new Error(t("{name} is too large for a model of this page.", { name }));
      const weights = new Uint8Array(await file.arrayBuffer());
      const info = await app.predictor.call("use", { weights });
      opened = { weights, info, name: file.name };
      go.disabled = false;
      note.textContent = t("{name}: {model}. The canvas uses it now.", { name, model: inWords(info) });
      app.emit("use-model", { source: "file", label: name, weights });
    } catch (error) {
      const before = opened === null ? "" : ` ${t("{name} is still there to train from.", { name: shortened(opened.name) })}`;
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
  return t("images of {side}×{side}, {sizes}, {classes}{names}, {parameters} parameters", {
    side: model.image_size, sizes: modelInWords(model), classes: plural(model.classes, "class"), names,
    parameters: integer(parameters),
  });
}

/** Why this model cannot be trained on the current data; null if it can. */
function mismatch(app: App, { model }: ModelInfo): string | null {
  const { side, classes } = app.last("data")?.material ?? { side: 28, classes: 10 };
  if (side === model.image_size && classes === model.classes) return null;
  return t("This model takes images of {modelSide}×{modelSide} in {modelClasses} classes, but the data has {side}×{side} in {classes}. Use data that fits the model.",
    { modelSide: model.image_size, modelClasses: model.classes, side, classes });
}
