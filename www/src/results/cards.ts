/** Small images with their labels and predictions. */
import type { SamplePrediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { el, paintPixels } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import { className } from "../ui/names.js";
import type { Pictures } from "./pictures.js";

/** The cards of each place on the page, reused at each epoch, since creating canvases is slow. */
const cardsOf = new WeakMap<HTMLElement, Card[]>();

/** Opens an image that the user chose. */
export type OpenImage = (seen: SamplePrediction, image: { pixels: Uint8Array; side: number }, from: HTMLElement) => void;

/** Shows images in `host`, with their class names. Returns whether the pixels were available. */
export async function showCards(
  open: OpenImage, pictures: Pictures, host: HTMLElement, seen: SamplePrediction[], names: readonly string[],
): Promise<boolean> {
  const cards = cardsOf.get(host) ?? [];
  cardsOf.set(host, cards);
  while (cards.length < seen.length) cards.push(makeCard(open));
  cards.forEach((card, i) => {
    const one = seen[i];
    if (one) card.show(one, names);
    if (one && !card.element.isConnected) host.append(card.element);
    if (!one) card.element.remove();
  });
  if (seen.length === 0) return true;
  const got = await pictures.get(seen.map((one) => one.index));
  if (got) cards.forEach((card) => card.paint(got.pixels, got.side));
  return got !== null;
}

/** If a name is longer than this, each name gets its own line. */
const SHORT = 2;

interface Card {
  element: HTMLButtonElement;
  show(seen: SamplePrediction, names: readonly string[]): void;
  /** Paints the image of the prediction shown, if it is among these. */
  paint(images: Map<number, Uint8Array>, side: number): void;
}

function makeCard(open: OpenImage): Card {
  const canvas = el("canvas", { class: "pixels", width: 28, height: 28 });
  const hidden = el("span", { class: "visually-hidden" });
  const text = el("span", { class: "digit-card-text", "aria-hidden": "true" });
  const sure = el("span", { class: "digit-card-sure" });
  let shown: SamplePrediction | null = null;
  let painted = -1;
  let image: { pixels: Uint8Array; side: number } | null = null;
  const onclick = (): void => {
    if (shown && image) open(shown, image, element);
  };
  const element: HTMLButtonElement = el("button", { type: "button", disabled: true, onclick },
    canvas, hidden, text, sure, el("span", { class: "visually-hidden" }, t(" sure")));
  return {
    element,
    show(seen, names) {
      shown = seen;
      const { confidence } = seen;
      const right = seen.label === seen.prediction;
      const [label, prediction] = [className(names, seen.label), className(names, seen.prediction)];
      element.className = `digit-card ${right ? "right" : "wrong"}`;
      hidden.textContent = t("Labelled {label}, predicted as {prediction}, ", { label, prediction });
      text.title = `${label} → ${prediction}`;
      text.classList.toggle("worded", names.some((name) => name.length > SHORT));
      const part = (kind: string, content: string): HTMLElement => el("bdi", { class: `digit-card-${kind}` }, content);
      text.replaceChildren(part("label", label), " ", part("arrow", "→"), " ", part("prediction", prediction), " ",
        part("mark", right ? "✓" : "✗"));
      sure.textContent = percent(confidence, confidence > 0.9995 ? 0 : 1);
      if (seen.index !== painted) blank();
    },
    paint(images, side) {
      const pixels = shown && images.get(shown.index);
      if (!shown || !pixels || shown.index === painted) return;
      paintPixels(canvas, pixels, side);
      painted = shown.index;
      image = { pixels, side };
      element.disabled = false;
    },
  };
  /** The image of another digit must not be shown beside this one's text. */
  function blank(): void {
    canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
    painted = -1;
    image = null;
    element.disabled = true;
  }
}
