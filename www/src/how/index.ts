/** How it works: the steps from ink to answer, with pictures of the digit on the canvas. */
import type { App } from "../app.js";
import type { Look } from "../protocol/engine.js";
import { throttle } from "../ui/announce.js";
import { onColoursChange } from "../ui/colour.js";
import { byId } from "../ui/dom.js";
import { integer, plural } from "../ui/format.js";
import { hasClassToken } from "../see/maps.js";
import { createAttention } from "./attention.js";
import { createBlocks } from "./blocks.js";
import { readPalette } from "./canvas.js";
import { drawClassTokens } from "./class-token.js";
import { drawPatches, drawTokens } from "./patches.js";
import { createScores } from "./scores.js";

/** Pictures to read along need not follow every point of a stroke. */
const PAUSE = 150;

/** Starts this part. */
export function mount(app: App): void {
  const section = byId("how", HTMLElement);
  let look: Look | null = null;
  let visible = false;
  let stale = true;

  const update = throttle(() => {
    if (!visible || !stale || !look) return;
    stale = false;
    draw(look, app.last("model")?.info.class_names ?? []);
  }, PAUSE);
  const refresh = (): void => {
    stale = true;
    update();
  };
  const draw = createDrawing(section, refresh);

  // An empty canvas leaves the last digit in the pictures.
  app.on("look", (seen) => {
    look = seen ?? look;
    refresh();
  });
  app.on("model", ({ info }) => fill(section, "parameters", integer(info.parameters)));
  const watch = (entries: IntersectionObserverEntry[]): void => {
    visible = entries.at(-1)?.isIntersecting ?? false;
    update();
  };
  // A little early, so that nobody scrolls onto empty pictures.
  new IntersectionObserver(watch, { rootMargin: "50%" }).observe(section);
  new ResizeObserver(refresh).observe(section);
  onColoursChange(refresh);
}

/** Draws a look, with the names of its classes. */
type Draw = (look: Look, names: readonly string[]) => void;

/** All pictures and numbers; the function that it gives draws a look. */
function createDrawing(section: HTMLElement, changed: () => void): Draw {
  const patches = byId("how-patches", HTMLCanvasElement);
  const tokens = byId("how-tokens", HTMLCanvasElement);
  const classToken = byId("how-class", HTMLCanvasElement);
  const drawAttention = createAttention(changed);
  const drawBlocks = createBlocks();
  const drawScores = createScores();
  return (look, names) => {
    const palette = readPalette();
    fillNumbers(section, look);
    chooseWords(section, look);
    drawPatches(patches, look, palette);
    drawTokens(tokens, look, palette);
    drawClassTokens(classToken, look, palette);
    drawAttention(look, palette);
    drawBlocks(look);
    drawScores(look, names);
  };
}

function fillNumbers(section: HTMLElement, look: Look): void {
  fill(section, "pixels", integer(look.side * look.side));
  fill(section, "patches", integer(look.grid * look.grid));
  fill(section, "patch", `${look.patch}×${look.patch}`);
  fill(section, "values", integer(look.patch * look.patch));
  fill(section, "stem-depth", integer(look.stem_depth));
  fill(section, "stem", integer(look.stem));
  fill(section, "channels", integer(2 * look.stem));
  fill(section, "width", integer(look.class_token.length / look.depth));
  fill(section, "depth", integer(look.depth));
  fill(section, "heads", plural(look.heads, "head"));
}

/** Some words hold only with a class token, or with a stem, others only without. */
function chooseWords(section: HTMLElement, look: Look): void {
  const choices = { pool: hasClassToken(look) ? "class-token" : "mean", stem: look.stem > 0 ? "some" : "none" };
  for (const [name, choice] of Object.entries(choices)) {
    for (const element of section.querySelectorAll<HTMLElement>(`[data-${name}]`)) {
      element.hidden = element.dataset[name] !== choice;
    }
  }
}

function fill(section: HTMLElement, name: string, text: string): void {
  for (const element of section.querySelectorAll(`[data-how="${name}"]`)) element.textContent = text;
}
