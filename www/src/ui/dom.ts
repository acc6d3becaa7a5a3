/** Creating and finding elements, and painting small images on canvases. */
import type { PatchworkError } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { errorSentence } from "./format.js";

/** Properties of an element: attributes by name (`true` and `false` for flags), handlers as `on…`. */
export type Props = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

/** Possible children; null, undefined and false are skipped. */
export type Child = Node | string | number | null | undefined | false;

/** Creates an element. Text is inserted as text, never as markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(element, name, value);
  append(element, children);
  return element;
}

function setProp(element: HTMLElement, name: string, value: Props[string]): void {
  if (typeof value === "function") {
    element.addEventListener(name.replace(/^on/, "").toLowerCase(), value as unknown as EventListener);
  } else if (value === true) {
    element.setAttribute(name, "");
  } else if (value !== false && value !== null && value !== undefined) {
    element.setAttribute(name, String(value));
  }
}

function append(element: HTMLElement, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(typeof child === "number" ? String(child) : child);
  }
}

/** The element with this id; the static page contains it, so its absence is a bug. */
export function byId<T extends Element>(id: string, ctor: abstract new (...args: never[]) => T): T {
  const found = document.getElementById(id);
  if (found instanceof ctor) return found;
  throw new Error(`The page has no ${ctor.name} #${id}`);
}

/** Sets a text; one that is the same stays, so that neither layout nor screen readers notice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The 2D context of a canvas. */
export function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser has no 2D canvas");
  return context;
}

/** A button with its action. */
export interface Action {
  label: string;
  run: () => void;
}

/** More notices would hide the page: the oldest is removed. */
const MOST_NOTICES = 3;

/** Shows an error in #alerts, with a close button. The same text is shown once. */
export function showError(error: PatchworkError | Error, actions: Action[] = []): void {
  const alerts = byId("alerts", HTMLElement);
  const text = errorSentence(error);
  for (const old of alerts.children) if (old.firstElementChild?.textContent === text) old.remove();
  const notice = el("div", { class: "notice bad row" }, el("p", {}, text));
  const buttons = [...actions, { label: t("Close"), run: () => undefined }];
  for (const { label, run } of buttons) {
    const onclick = (): void => {
      notice.remove();
      run();
    };
    notice.append(el("button", { type: "button", onclick }, label));
  }
  alerts.append(notice);
  while (alerts.children.length > MOST_NOTICES) alerts.firstElementChild?.remove();
}

/** Takes an error back: what failed has worked since. */
export function takeBackError(error: PatchworkError | Error): void {
  const text = errorSentence(error);
  for (const old of [...byId("alerts", HTMLElement).children]) if (old.firstElementChild?.textContent === text) old.remove();
}

/** How `paintPixels` colours a value of 0 to 255. */
export interface PaintOptions {
  /** `[256, 3]` bytes; without it, 0 is black and 255 white, like the model's input. */
  table?: Uint8Array;
  /** 0 becomes white and 255 black. */
  invert?: boolean;
}

/** Paints a square image of bytes, one canvas pixel each; CSS (`canvas.pixels`) makes it larger. */
export function paintPixels(
  canvas: HTMLCanvasElement,
  pixels: ArrayLike<number>,
  side: number,
  options: PaintOptions = {},
): void {
  if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  const { data } = image;
  for (let i = 0; i < side * side; i++) {
    const value = options.invert ? 255 - (pixels[i] ?? 0) : (pixels[i] ?? 0);
    for (let channel = 0; channel < 3; channel++) {
      data[4 * i + channel] = options.table ? (options.table[3 * value + channel] ?? 0) : value;
    }
    data[4 * i + 3] = 255;
  }
  context2d(canvas).putImageData(image, 0, 0);
}
