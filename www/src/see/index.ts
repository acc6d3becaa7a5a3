/**
 * Where the model looks: attention on the canvas below the ink, in a picture of its own, and for all blocks and heads.
 */
import type { App } from "../app.js";
import type { Prediction } from "../protocol/engine.js";
import { announce, oncePerFrame, throttle } from "../ui/announce.js";
import { onColoursChange } from "../ui/colour.js";
import { byId, setText } from "../ui/dom.js";
import { currentView, onView } from "../views/reveal.js";
import { attentionMap, fitMapChoice, fitQueryToken, type AttentionMap, type MapChoice, type QueryToken } from "./maps.js";
import { createOverlay, patchFrame, type Overlay } from "./overlay.js";
import { createPicture, type Picture } from "./picture.js";
import { listenForPatches, listenOnStage } from "./pointing.js";
import { createReaderControls } from "./reader.js";
import { cautionOf, nameOf, sentenceOf } from "./sentence.js";
import { createStrip } from "./strip.js";

/**
 * Pictures beside the canvas need not follow every point of a stroke; each delays the next prediction. In milliseconds.
 */
const PAUSE = 150;

/** What is shown. */
interface State {
  prediction: Prediction | null;
  choice: MapChoice;
  reader: QueryToken;
  /** The patch under the pointer: shown instead of the query token while it is pointed at. */
  peek: number | null;
}

/** What is shown, limited to what the current model has. */
interface Shown {
  prediction: Prediction;
  choice: MapChoice;
  reader: QueryToken;
  map: AttentionMap;
}

/** Starts this part. */
export function mount(app: App): void {
  const state: State = { prediction: null, choice: { kind: "rollout" }, reader: { kind: "class" }, peek: null };
  /** Whether another part shows the current model (structure/). */
  let other = false;
  const renderOverlay = oncePerFrame(() => {
    if (!other) paintOverlay(overlay, shownOf(state), visibility());
  });
  const renderBeside = oncePerFrame(() => paintBeside());
  const render = (): void => {
    renderOverlay();
    renderBeside();
  };
  const overlay = createOverlay(renderOverlay);
  const picture = createPicture();
  const strip = createStrip(byId("see-strip", HTMLElement), (choice) => change({ choice }));
  const controls = createReaderControls((reader) => change({ reader, peek: null }));
  const visibility = overlaySettings(renderOverlay);
  const showSentences = createWords();

  /** The user chose something: shows and announces it. */
  function change(chosen: Partial<State>): void {
    Object.assign(state, chosen);
    render();
    const shown = shownOf(state);
    if (shown) tell(shown);
    if (shown) announce(`${nameOf(shown.choice)}. ${sentenceOf(shown.prediction, shown.choice, shown.reader, shown.map)}`);
  }

  function tell({ choice, reader }: Shown): void {
    app.emit("attention", { choice, reader });
  }

  /** Whether everything has been laid out and painted once. */
  let painted = false;
  function paintBeside(): void {
    if (painted && currentView() !== "inside") return;
    painted = true;
    const shown = shownOf(state);
    showSentences(shown);
    if (!shown) {
      picture.clear();
      strip.clear();
      return;
    }
    const { prediction, choice, reader, map } = shown;
    picture.show(prediction, map, reader);
    strip.show(prediction, choice, reader);
    controls.show(prediction, fitQueryToken(prediction, state.reader));
  }

  const pointed = (): void => {
    render();
    const shown = shownOf(state);
    if (shown) tell(shown);
  };
  listen(state, pointed, change, picture);
  app.on("show-attention", (chosen) => change({ ...chosen, peek: null }));
  const renderBesideLater = throttle(renderBeside, PAUSE);
  app.on("prediction", (prediction) => {
    if (prediction) other = !prediction.plain;
    state.prediction = other ? null : prediction;
    renderOverlay();
    renderBesideLater();
  });
  // The pen was lifted, perhaps after the last prediction.
  app.on("drawing", renderOverlay);
  onColoursChange(render);
  // Nothing is painted while its view is hidden.
  onView(() => render());
}

function shownOf(state: State): Shown | null {
  const { prediction, peek } = state;
  if (!prediction) return null;
  const choice = fitMapChoice(prediction, state.choice);
  const reader = fitQueryToken(prediction, peek === null ? state.reader : { kind: "patch", patch: peek });
  return { prediction, choice, reader, map: attentionMap(prediction, choice, reader) };
}

/** The description and its caution; the static text returns when the canvas is empty. */
function createWords(): (shown: Shown | null) => void {
  const words = [byId("see-sentence", HTMLElement), byId("see-caution", HTMLElement)] as const;
  const quiet = words.map((element) => element.textContent ?? "");
  return (shown) => {
    const said = shown ? saidOf(shown) : quiet;
    words.forEach((element, i) => setText(element, said[i] ?? ""));
  };
}

function saidOf({ prediction, choice, reader, map }: Shown): string[] {
  return [sentenceOf(prediction, choice, reader, map), cautionOf(prediction, choice)];
}

/** The checkbox and the slider; the returned function gives the opacity, 0 if hidden. */
function overlaySettings(render: () => void): () => number {
  const show = byId("see-show", HTMLInputElement);
  const opacity = byId("see-opacity", HTMLInputElement);
  for (const input of [show, opacity]) input.addEventListener("input", render);
  return () => {
    opacity.disabled = !show.checked;
    return show.checked ? Number(opacity.value) / 100 : 0;
  };
}

function paintOverlay(overlay: Overlay, shown: Shown | null, opacity: number): void {
  // While the pen is down, the overlay is invisible.
  if (byId("stage", HTMLElement).classList.contains("inking")) return;
  if (opacity === 0) overlay.clear();
  else if (shown) overlay.show(shown.prediction, shown.map, shown.reader, opacity);
  else overlay.empty();
}

/**
 * Pointing shows a patch temporarily, a click keeps it; on the canvas, pointing moves the patch that is already kept.
 */
function listen(state: State, pointed: () => void, change: (chosen: Partial<State>) => void, picture: Picture): void {
  const pointing = {
    prediction: () => state.prediction,
    over(patch: number | null) {
      if (state.peek === patch) return;
      state.peek = patch;
      pointed();
    },
    pick: (patch: number) => change({ reader: { kind: "patch", patch }, peek: null }),
  };
  for (const canvas of [picture.canvas, byId("seen", HTMLCanvasElement)]) listenForPatches(canvas, pointing);
  listenOnStage(byId("stage", HTMLElement), patchFrame, {
    prediction: () => state.prediction,
    over(patch) {
      if (patch === null || state.reader.kind !== "patch" || state.reader.patch === patch) return;
      state.reader = { kind: "patch", patch };
      pointed();
    },
  });
}
