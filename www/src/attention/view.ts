/**
 * Attention step by step: what one head does for one token, number by number. Loaded as a separate script. It follows the
 * drawing, the model, and the token, block and head that are chosen anywhere in Inside.
 */
import type { ActiveModel, App } from "../app.js";
import type { Prediction, Vit } from "../protocol/engine.js";
import { hasClassToken, weightsOf, type QueryToken } from "../see/maps.js";
import { t } from "../text/language.js";
import { oncePerFrame, throttle } from "../ui/announce.js";
import { onColoursChange } from "../ui/colour.js";
import { el } from "../ui/dom.js";
import styles from "./attention.css";
import { createControls } from "./controls.js";
import { createFigures, type Moment } from "./figures.js";
import { createPass, stepsOf, type Pass, type Place } from "./head.js";
import { reasonAgainst } from "./reason.js";
import { createTransformer, type Shape, type Transformer } from "./transformer.js";

/** Numbers beside the canvas need not follow every point of a stroke; in milliseconds. */
const PAUSE = 150;

/** What is chosen, of which a model may have less. */
interface Chosen {
  block: number;
  head: number;
  reader: QueryToken;
}

/** Fills the part, and keeps it up to date while it is in sight. */
export function createAttention(app: App, host: HTMLElement): void {
  addStyles();
  // The last block's attention is the closest to the answer.
  const chosen: Chosen = { block: Infinity, head: 0, reader: { kind: "class" } };
  const source = createSource();
  let visible = false;
  const render = oncePerFrame(() => {
    if (visible) show();
  });
  const controls = createControls((attention) => app.emit("show-attention", attention));
  const figures = createFigures(render);
  const note = el("p", { class: "attention-note quiet" });
  const content = el("div", {}, controls.element, figures.element);
  host.replaceChildren(note, content);

  function show(): void {
    const found = source.current();
    const reason = typeof found === "string" ? found : "";
    note.textContent = reason;
    note.hidden = reason === "";
    content.hidden = reason !== "";
    if (typeof found !== "string") showNumbers(found);
  }

  function showNumbers(computed: Computed): void {
    const place = placeOf(computed.prediction, chosen);
    controls.show(computed.prediction, place);
    figures.show(momentOf(computed, place, figures.temperature()));
  }

  app.on("model", (model) => {
    source.use(model);
    // Else its own prediction follows.
    if (!app.last("prediction")) render();
  });
  const follow = throttle(render, PAUSE);
  app.on("prediction", (prediction) => {
    // When the canvas is cleared, the last digit stays.
    if (prediction) source.see(prediction);
    follow();
  });
  app.on("attention", ({ choice, reader }) => {
    chosen.reader = reader;
    if (choice.kind !== "rollout") chosen.block = choice.block;
    if (choice.kind === "head") chosen.head = choice.head;
    render();
  });
  onColoursChange(render);
  new ResizeObserver(render).observe(host);
  new IntersectionObserver((entries) => {
    visible = entries.at(-1)?.isIntersecting ?? false;
    render();
  }, { rootMargin: "25%" }).observe(host);
}

/** What the numbers are calculated from. */
interface Computed {
  prediction: Prediction;
  model: Transformer;
  pass: Pass;
}

/** The model in use and its newest prediction. */
interface Source {
  use(model: ActiveModel): void;
  see(prediction: Prediction): void;
  /** What the numbers are calculated from, or why there are none. */
  current(): Computed | string;
}

function createSource(): Source {
  let model: ActiveModel | null = null;
  let prediction: Prediction | null = null;
  let [opened, pass] = [null, null] as [Transformer | null, Pass | null];
  return {
    use(next) {
      // The prediction was another model's.
      [model, prediction, opened, pass] = [next, null, null, null];
    },
    see(next) {
      [prediction, pass] = [next, null];
    },
    current() {
      if (!model || !prediction) return t("Draw a digit to see the numbers.");
      const reason = reasonAgainst(model, prediction);
      if (reason !== null) return reason;
      opened ??= createTransformer(model.weights, model.info.model as Vit & Shape);
      // As the engine scales them: ink is 1, the background -1.
      pass ??= createPass(opened, Float32Array.from(prediction.image, (byte) => byte / 127.5 - 1));
      return { prediction, model: opened, pass };
    },
  };
}

/** The choice as far as the model has it; without a class token, the patch in the middle takes its place. */
function placeOf(prediction: Prediction, { block, head, reader }: Chosen): Place {
  const { depth, heads, tokens, grid } = prediction;
  const first = tokens - grid * grid;
  const patch = reader.kind === "patch" && reader.patch < grid * grid ? reader.patch : Math.floor((grid * grid) / 2);
  const token = reader.kind === "class" && hasClassToken(prediction) ? 0 : first + patch;
  return { block: Math.min(block, depth - 1), head: Math.min(head, heads - 1), token };
}

function momentOf({ model, pass, prediction }: Computed, place: Place, temperature: number): Moment {
  const { tokens } = prediction;
  const weights = weightsOf(prediction, { kind: "head", block: place.block, head: place.head });
  const engine = weights.subarray(place.token * tokens, (place.token + 1) * tokens);
  return { model, prediction, place, temperature, steps: stepsOf(model, pass, place, temperature), engine };
}

/** The styles come with the script. */
function addStyles(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
