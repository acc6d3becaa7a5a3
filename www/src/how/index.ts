/** Inside the model: the steps from ink to answer, illustrated with the digit on the canvas. */
import type { App } from "../app.js";
import type { Prediction } from "../protocol/engine.js";
import { throttle } from "../ui/announce.js";
import { onColoursChange } from "../ui/colour.js";
import { byId } from "../ui/dom.js";
import { integer, plural } from "../ui/format.js";
import { createAttention } from "./attention.js";
import { createBlocks } from "./blocks.js";
import { readPalette } from "./canvas.js";
import { drawClassTokens } from "./class-token.js";
import { drawConvolutions } from "./convolutions.js";
import { openByLinks } from "./fold.js";
import { drawPatches, drawTokens } from "./patches.js";
import { createScores } from "./scores.js";
import { chooseWords } from "./words.js";

/** Illustrations need not follow every point of a stroke; in milliseconds. */
const PAUSE = 150;

/** Starts this part. */
export function mount(app: App): void {
  const section = byId("how", HTMLElement);
  openByLinks();
  let prediction: Prediction | null = null;
  let visible = false;
  let stale = true;

  const update = throttle(() => {
    if (!visible || !stale || !prediction) return;
    stale = false;
    draw(prediction, app.last("model")?.info.class_names ?? []);
  }, PAUSE);
  const refresh = (): void => {
    stale = true;
    update();
  };
  const draw = createDrawing(section, refresh);

  // When the canvas is cleared, the last digit stays in the pictures.
  app.on("prediction", (seen) => {
    if (seen) prediction = seen;
    refresh();
  });
  app.on("model", ({ info }) => fill(section, "parameters", integer(info.parameters)));
  const watch = (entries: IntersectionObserverEntry[]): void => {
    visible = entries.at(-1)?.isIntersecting ?? false;
    update();
  };
  // A little early, so that no one scrolls to empty pictures.
  new IntersectionObserver(watch, { rootMargin: "50%" }).observe(section);
  new ResizeObserver(refresh).observe(section);
  onColoursChange(refresh);
}

/** Draws a prediction with the names of its classes. */
type Draw = (prediction: Prediction, names: readonly string[]) => void;

/** Creates all pictures and numbers; the returned function draws a prediction. */
function createDrawing(section: HTMLElement, changed: () => void): Draw {
  const convolutions = byId("how-convolutions", HTMLCanvasElement);
  const patches = byId("how-patches", HTMLCanvasElement);
  const tokens = byId("how-tokens", HTMLCanvasElement);
  const classToken = byId("how-class", HTMLCanvasElement);
  const drawAttention = createAttention(changed);
  const drawBlocks = createBlocks();
  const drawScores = createScores();
  return (prediction, names) => {
    fill(section, "side", `${prediction.side}×${prediction.side}`);
    fill(section, "pixels", integer(prediction.side * prediction.side));
    drawScores(prediction, names);
    // The other steps are those of a plain Vision Transformer; structure/ has those of other models.
    if (!prediction.plain) return;
    const palette = readPalette();
    fillNumbers(section, prediction);
    chooseWords(section, prediction);
    drawConvolutions(convolutions, prediction, palette);
    drawPatches(patches, prediction, palette);
    drawTokens(tokens, prediction, palette);
    drawClassTokens(classToken, prediction, palette);
    drawAttention(prediction, palette);
    drawBlocks(prediction);
  };
}

function fillNumbers(section: HTMLElement, prediction: Prediction): void {
  fill(section, "patches", integer(prediction.grid * prediction.grid));
  fill(section, "patch", `${prediction.patch}×${prediction.patch}`);
  fill(section, "values", integer(prediction.patch * prediction.patch));
  fill(section, "stem-depth", integer(prediction.stem_depth));
  fill(section, "stem", integer(prediction.stem));
  fill(section, "channels", integer(2 * prediction.stem));
  fill(section, "width", integer(prediction.class_token.length / prediction.depth));
  fill(section, "depth", integer(prediction.depth));
  fill(section, "heads", plural(prediction.heads, "head"));
}

function fill(section: HTMLElement, name: string, text: string): void {
  for (const element of section.querySelectorAll(`[data-how="${name}"]`)) element.textContent = text;
}
