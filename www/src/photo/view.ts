/** A picture over the canvas: its digits to choose from, and the frame around what is read. */
import type { Box } from "../draw/geometry.js";
import { t } from "../text/language.js";
import { byId, context2d, el, setText } from "../ui/dom.js";
import type { Picture } from "./decode.js";
import { createFrame, place } from "./frame.js";

/** The longer side of the picture as it is shown, in pixels. */
const SHOWN = 1200;

/** What a person does. */
export interface ViewHandlers {
  /** Moves the frame. */
  framed(box: Box): void;
  /** Chooses a digit by its number, from 0. */
  chosen(index: number): void;
  /** Closes the picture. */
  closed(): void;
  /** Opens it again. */
  reopened(): void;
}

/** The picture with its controls. */
export interface View {
  /** Shows another picture, and boxes around its digits to choose from if there are several. */
  load(picture: Picture, digits: readonly Box[]): void;
  open(): void;
  close(): void;
  /** Puts the frame here; null hides it. */
  frame(box: Box | null): void;
  /** Marks the chosen digit (null: none). */
  choose(index: number | null): void;
  say(words: string): void;
  /** Whether the canvas shows what was read from the picture: then it can be opened again. */
  offer(available: boolean): void;
}

/** Adds the view to the stage of the canvas. */
export function createView(stage: HTMLElement, handlers: ViewHandlers): View {
  const painting = el("canvas", { class: "photo-painting", "aria-hidden": "true" });
  const choices = el("div", { class: "photo-choices" });
  const area = el("div", { class: "photo-area" }, painting, choices);
  const words = el("p", { class: "photo-words", role: "status" });
  const done = el("button", { type: "button", class: "photo-done", onclick: handlers.closed }, t("Done"));
  const room = el("div", { class: "photo-room" }, area);
  const photo = el("div", { id: "photo", class: "photo", role: "group", "aria-label": t("Picture"), hidden: true },
    el("div", { class: "photo-head" }, words, done), room);
  const again = el("button", {
    type: "button", id: "photo-open", class: "photo-open", hidden: true, onclick: handlers.reopened,
    title: t("Show the picture, and move the frame around the digit"),
  }, t("Crop"));
  stage.append(photo, again);
  const frame = createFrame(area, { changed: handlers.framed, done: handlers.closed });
  photo.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    handlers.closed();
  });
  new ResizeObserver(() => fit(area, room, painting)).observe(room);

  let offered = false;
  let shown: Picture | null = null;
  let detailed = false;
  const sharpen = async (picture: Picture): Promise<void> => {
    if (detailed) return;
    detailed = true;
    const bitmap = await picture.detailed();
    if (picture === shown) paint(painting, bitmap);
  };
  const update = (): void => void (again.hidden = !offered || !photo.hidden);
  return {
    load(picture, digits) {
      [shown, detailed] = [picture, false];
      paint(painting, picture.small);
      choices.replaceChildren(...digits.map((box, index) => choiceOf(box, index, digits.length, handlers)));
    },
    open() {
      photo.hidden = false;
      update();
      fit(area, room, painting);
      stage.scrollIntoView({ block: "nearest" });
      if (shown) void sharpen(shown);
      const first = choices.querySelector<HTMLElement>('[aria-pressed="true"]') ?? choices.querySelector<HTMLElement>("button");
      if (first) first.focus({ preventScroll: true });
      else frame.focus();
    },
    close() {
      const focused = photo.contains(document.activeElement);
      photo.hidden = true;
      update();
      if (focused) byId("ink", HTMLCanvasElement).focus({ preventScroll: true });
    },
    frame: frame.show,
    choose(index) {
      for (const [number, button] of [...choices.children].entries()) button.setAttribute("aria-pressed", String(number === index));
    },
    say(text) {
      setText(words, text);
    },
    offer(available) {
      offered = available;
      update();
    },
  };
}

function choiceOf(box: Box, index: number, count: number, handlers: ViewHandlers): HTMLButtonElement {
  const button = el("button", {
    type: "button", class: "photo-choice", onclick: () => handlers.chosen(index),
    "aria-pressed": "false", "aria-label": t("Digit {number} of {count}", { number: index + 1, count }),
  }, el("span", { "aria-hidden": "true" }, index + 1));
  place(button, box);
  return button;
}

function paint(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  const scale = Math.min(1, SHOWN / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = context2d(canvas);
  context.imageSmoothingQuality = "medium";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
}

/** Makes the area as large as fits, in the picture's proportions. */
function fit(area: HTMLElement, room: HTMLElement, { width, height }: HTMLCanvasElement): void {
  const scale = Math.min(room.clientWidth / width, room.clientHeight / height);
  if (!(scale > 0)) return;
  area.style.width = `${Math.round(width * scale)}px`;
  area.style.height = `${Math.round(height * scale)}px`;
}
