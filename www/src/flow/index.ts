/** The strip from pixels to the answer: a live picture of each step of the current model, with links to Inside. */
import type { App } from "../app.js";
import { readPalette } from "../how/canvas.js";
import { chooseWords } from "../how/words.js";
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { throttle } from "../ui/announce.js";
import { onColoursChange } from "../ui/colour.js";
import { byId, setText } from "../ui/dom.js";
import { integer, plural } from "../ui/format.js";
import { className } from "../ui/names.js";
import { currentView, onView } from "../views/reveal.js";
import { PICTURES } from "./pictures.js";

/** Small pictures need not follow every point of a stroke; in milliseconds. */
const PAUSE = 150;

/** Starts this part. */
export function mount(app: App): void {
  const strip = byId("flow", HTMLElement);
  const canvases = [...strip.querySelectorAll<HTMLCanvasElement>("canvas")];
  let prediction: Prediction | null = null;

  const draw = throttle(() => {
    if (!prediction || currentView() === "train" || currentView() === "present") return;
    const names = app.last("model")?.info.class_names ?? [];
    chooseWords(strip, prediction);
    fill(strip, notesOf(prediction, names));
    const palette = readPalette();
    for (const canvas of canvases) PICTURES[canvas.dataset["picture"] ?? ""]?.(canvas, prediction, palette, names);
  }, PAUSE);
  // When the canvas is cleared, the last digit stays in the pictures.
  app.on("prediction", (seen) => {
    // These are the steps of a plain Vision Transformer; structure/ has those of other models.
    if (seen?.plain) prediction = seen;
    draw();
  });
  new ResizeObserver(draw).observe(strip);
  onColoursChange(draw);
  onView(draw);
}

/** The line below the name of each step. */
function notesOf(prediction: Prediction, names: readonly string[]): Record<string, string> {
  const { side, grid, depth, heads, tokens, probabilities, sure } = prediction;
  const first = probabilities.indexOf(Math.max(...probabilities));
  return {
    pixels: t("{side}×{side} grey values", { side }),
    convolutions: t("{count} in a row", { count: integer(prediction.stem_depth) }),
    patches: `${grid}×${grid} = ${integer(grid * grid)}`,
    tokens: t("{count} of {width} numbers", { count: integer(tokens), width: integer(prediction.class_token.length / depth) }),
    blocks: t("{count} with {heads} each", { count: integer(depth), heads: plural(heads, "head") }),
    answer: `${className(names, first)}${sure ? "" : "?"}`,
  };
}

function fill(strip: HTMLElement, notes: Record<string, string>): void {
  for (const [name, text] of Object.entries(notes)) {
    const note = strip.querySelector(`[data-flow="${name}"]`);
    if (note) setText(note, text);
  }
}
