/** The frame on a picture that a person moves and resizes: by mouse, finger, pen or keyboard. */
import type { Box } from "../draw/geometry.js";
import { t } from "../text/language.js";
import { el } from "../ui/dom.js";
import { grown, moved, resized, type Sides } from "./crop.js";

/** How far a key moves the frame or its sides, as a share of the picture. */
const STEP = 0.02;

const STEPS: Record<string, readonly [across: number, down: number]> = {
  ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP],
};
const CORNERS: readonly Sides[] = [{ across: -1, down: -1 }, { across: 1, down: -1 }, { across: -1, down: 1 }, { across: 1, down: 1 }];
/** The corners of a frame, in the order of `CORNERS`, as classes. */
const CLASSES = ["upper left", "upper right", "lower left", "lower right"];

/** A frame. */
export interface CropFrame {
  /** Shows the frame here; null hides it. */
  show(box: Box | null): void;
  focus(): void;
}

/** What the frame reports. */
export interface FrameHandlers {
  /** A person moved it here. */
  changed(box: Box): void;
  /** A person is done. */
  done(): void;
}

/** Adds a frame to the element that a picture fills. */
export function createFrame(area: HTMLElement, handlers: FrameHandlers): CropFrame {
  let box: Box | null = null;
  const hint = el("span", { id: "photo-keys", hidden: true },
    t("Arrow keys move the frame. With Shift they move its right and lower side. Plus and minus resize it. Enter closes the picture."));
  const element = el("div", {
    class: "photo-frame", tabindex: "0", role: "application", hidden: true,
    "aria-label": t("Frame around the digit"), "aria-describedby": "photo-keys",
  });
  element.append(...CLASSES.map((name) => el("span", { class: `photo-corner ${name}`, "aria-hidden": "true" })));
  area.append(element, hint);

  const show = (next: Box | null): void => {
    box = next;
    element.hidden = next === null;
    if (next) place(element, next);
  };
  const change = (next: Box): void => {
    show(next);
    handlers.changed(next);
  };
  mountPointer(element, area, () => box, change);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter") handlers.done();
    const next = box && byKey(box, event);
    if (next) change(next);
    if (!next && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
  });
  return { show, focus: () => element.focus({ preventScroll: true }) };
}

/** Puts an element over a part of the picture. */
export function place({ style }: HTMLElement, { x, y, width, height }: Box): void {
  const percent = (share: number): string => `${(100 * share).toFixed(3)}%`;
  [style.left, style.top, style.width, style.height] = [percent(x), percent(y), percent(width), percent(height)];
}

/** The frame after a key; null if the key does not mean the frame. */
function byKey(box: Box, { key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): Box | null {
  if (ctrlKey || metaKey || altKey) return null;
  if (key === "+" || key === "=") return grown(box, STEP);
  if (key === "-") return grown(box, -STEP);
  const step = STEPS[key];
  if (!step) return null;
  const [across, down] = step;
  return shiftKey ? resized(box, { across: 1, down: 1 }, across, down) : moved(box, across, down);
}

/** Drags the frame, or the corner under the pointer. */
function mountPointer(element: HTMLElement, area: HTMLElement, frame: () => Box | null, change: (box: Box) => void): void {
  let drag: { id: number; from: Box; x: number; y: number; corner: Sides | undefined } | null = null;
  element.addEventListener("pointerdown", (event) => {
    const from = frame();
    if (event.button !== 0 || drag || !from) return;
    const corner = CORNERS[[...element.children].indexOf(event.target as Element)];
    drag = { id: event.pointerId, from, x: event.clientX, y: event.clientY, corner };
    element.setPointerCapture(event.pointerId);
    element.focus({ preventScroll: true });
    event.preventDefault();
  });
  element.addEventListener("pointermove", (event) => {
    if (drag?.id !== event.pointerId) return;
    const { width, height } = area.getBoundingClientRect();
    const [across, down] = [(event.clientX - drag.x) / width, (event.clientY - drag.y) / height];
    change(drag.corner ? resized(drag.from, drag.corner, across, down) : moved(drag.from, across, down));
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    element.addEventListener(end, (event) => {
      if (drag?.id === event.pointerId) drag = null;
    });
  }
}
