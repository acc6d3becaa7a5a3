/** One image, opened in place: enlarged, with the possible corrections. */
import type { App } from "../app.js";
import type { SamplePrediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { el, paintPixels } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import { className } from "../ui/names.js";
import type { Corrections } from "./corrections.js";

/** The panel of one image. */
export interface OpenedImage {
  /** Opens an image before the cards among which it was chosen; on closing, `from` gets the focus back. */
  open(seen: SamplePrediction, image: { pixels: Uint8Array; side: number }, from: HTMLElement): void;
  /** The decision for it may have changed. */
  refresh(): void;
  close(): void;
}

/** Creates the panel. `names` returns the class names of the run shown, `corrections` has the decisions. */
export function openedImage(app: App, names: () => readonly string[], corrections: Corrections): OpenedImage {
  const canvas = el("canvas", { class: "pixels", width: 28, height: 28, role: "img" });
  const title = el("strong", { tabindex: -1 });
  const sure = el("span", { class: "quiet small" });
  const select = el("select", { id: "opened-label" });
  const leave = el("button", { type: "button", id: "opened-leave" });
  const state = el("span", { class: "small", role: "status" });
  const show = el("button", { type: "button", id: "opened-canvas" }, t("Show on the canvas"));
  const shut = el("button", { type: "button", id: "opened-close" }, t("Close"));
  const element = el("div", { class: "opened-image card", role: "group", "aria-label": t("The chosen image") },
    canvas,
    el("div", { class: "opened-text" },
      title, sure,
      el("div", { class: "row" }, el("label", { for: "opened-label" }, t("Its label is")), select, leave),
      state,
      el("div", { class: "row" }, show, shut)));
  let now: { seen: SamplePrediction; pixels: Uint8Array; from: HTMLElement } | null = null;

  const fill = (): void => {
    if (!now) return;
    const { seen } = now;
    const decided = corrections.of(seen.index);
    const classes = Math.max(names().length, classesOf(app));
    select.replaceChildren(...Array.from({ length: classes }, (_, label) =>
      el("option", { value: label, selected: label === (decided ?? seen.label) }, className(names(), label))));
    leave.textContent = decided === null ? t("Take it in again") : t("Leave it out");
    leave.setAttribute("aria-pressed", String(decided === null));
    select.disabled = decided === null;
    state.textContent = decided === undefined ? "" : decided === null
      ? t("It will be left out of the next run.")
      : t("From the next run on it is labelled {label}.", { label: className(names(), decided) });
  };
  select.addEventListener("change", () => {
    if (!now) return;
    const label = Number(select.value);
    corrections.set(now.seen.index, label === now.seen.label ? undefined : label);
    fill();
  });
  leave.addEventListener("click", () => {
    if (!now) return;
    corrections.set(now.seen.index, corrections.of(now.seen.index) === null ? undefined : null);
    fill();
  });
  show.addEventListener("click", () => {
    if (!now) return;
    app.emit("show-drawing", { kind: "image", pixels: now.pixels.slice() });
  });
  const close = (): void => {
    const from = now?.from;
    const within = element.contains(document.activeElement);
    now = null;
    element.remove();
    if (within) from?.focus({ preventScroll: true });
  };
  shut.addEventListener("click", close);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  return {
    open(seen, { pixels, side }, from) {
      now = { seen, pixels, from };
      const [label, prediction] = [className(names(), seen.label), className(names(), seen.prediction)];
      const right = seen.label === seen.prediction;
      title.replaceChildren(t("Labelled "), el("bdi", {}, label), t(", predicted as "), el("bdi", {}, prediction), right ? " ✓" : " ✗");
      sure.textContent = t("{share} sure", { share: percent(seen.confidence) });
      canvas.setAttribute("aria-label", title.textContent ?? "");
      paintPixels(canvas, pixels, side);
      fill();
      from.parentElement?.before(element);
      title.focus({ preventScroll: true });
      element.scrollIntoView({ block: "nearest" });
    },
    refresh: fill,
    close,
  };
}

/** The number of classes of the data. */
function classesOf(app: App): number {
  return app.last("data")?.material?.classes ?? 10;
}
