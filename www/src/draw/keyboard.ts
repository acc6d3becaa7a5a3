/** Drawing with the keyboard, and the keys for undo, redo and clear. */
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import type { Pad } from "./pad.js";

/** How far an arrow key moves the pen, in canvas units; with Shift, a third of it. */
const STEP = 1 / 28;
const FINE = STEP / 3;
/** The pen stays this far inside, so that its marker is visible. */
const MARGIN = 0.02;

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Keys that clear the canvas. A Mac's Delete key sends Backspace. */
const CLEARS = ["Delete", "Backspace", "Escape"];

/** Keys that scroll the page. */
const SCROLLS = [...Object.keys(ARROWS), " ", "PageUp", "PageDown", "Home", "End"];

/** Moves a pen over the canvas with the arrow keys; `mark` shows its position. */
export function mountKeyboardPen(canvas: HTMLCanvasElement, mark: HTMLElement, pad: Pad): void {
  let place: [number, number] = [0.5, 0.25];
  let down = false;

  const show = (): void => {
    mark.hidden = false;
    mark.classList.toggle("down", down);
    mark.style.left = `${place[0] * 100}%`;
    mark.style.top = `${place[1] * 100}%`;
  };

  const setDown = (wanted: boolean): void => {
    if (wanted === down) return;
    down = wanted;
    if (down) {
      pad.startStroke(false);
      pad.addPoint(place[0], place[1], 0.5);
    } else {
      pad.endStroke();
    }
  };

  const move = ([right, below]: [number, number], fine: boolean): void => {
    const step = fine ? FINE : STEP;
    place = [inside(place[0] + right * step), inside(place[1] + below * step)];
    if (down) pad.addPoint(place[0], place[1], 0.5);
  };

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    // A pointer is drawing: the keyboard must not add to its stroke or scroll the page under it.
    if (pad.live() && !down) return void (SCROLLS.includes(event.key) && event.preventDefault());
    if (arrow) move(arrow, event.shiftKey);
    else if (event.key === " " && !event.repeat) {
      setDown(!down);
      if (down) announce(t("Pen down"));
    } else if (event.key === "Escape" && down) setDown(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
    show();
  });
  const rest = (): void => {
    setDown(false);
    mark.hidden = true;
  };
  canvas.addEventListener("blur", rest);
  // In the capture phase: the keyboard's stroke must end before the pointer's begins.
  canvas.addEventListener("pointerdown", rest, { capture: true });
}

function inside(share: number): number {
  return Math.min(1 - MARGIN, Math.max(MARGIN, share));
}

/** Undo and redo by key, unless the focus is elsewhere on the page; clear only with the focus on the canvas. */
export function mountShortcuts(places: readonly HTMLElement[], canvas: HTMLCanvasElement, pad: Pad): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || pad.live()) return;
    const run = event.ctrlKey || event.metaKey ? editing(event, places, pad) : clearing(event, canvas, pad);
    if (!run) return;
    event.preventDefault();
    run();
  });
}

function editing(event: KeyboardEvent, places: readonly HTMLElement[], pad: Pad): (() => void) | null {
  if (!isHere(event.target, places)) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? pad.redo : pad.undo;
  return key === "y" && !event.shiftKey ? pad.redo : null;
}

/** Elsewhere these keys close things or go back, and are not meant for the drawing. */
function clearing(event: KeyboardEvent, canvas: HTMLCanvasElement, pad: Pad): (() => void) | null {
  return event.target === canvas && CLEARS.includes(event.key) && !event.shiftKey ? pad.clear : null;
}

/**
 * Whether a key is meant for the drawing: pressed in one of its places, or with nothing focused; never in a text field.
 */
function isHere(target: EventTarget | null, places: readonly HTMLElement[]): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select, input:not([type=radio], [type=checkbox])")) return false;
  if (document.querySelector("dialog[open]")) return false;
  // An element that is not a control has the focus after a link led to it.
  return target === document.body || target.matches('[tabindex="-1"]:not(button)') || places.some((place) => place.contains(target));
}
