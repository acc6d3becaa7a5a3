/** The presentation for a projector: a large canvas beside one large picture, little text, and keys to step through. */
import type { App } from "../app.js";
import { readPalette } from "../how/canvas.js";
import type { Prediction } from "../protocol/engine.js";
import { announce, throttle } from "../ui/announce.js";
import { onColoursChange } from "../ui/colour.js";
import { byId, setText } from "../ui/dom.js";
import { currentView, onView, showView, type View } from "../views/reveal.js";
import { stepsOf, type Step } from "./steps.js";

/** The picture need not follow every point of a stroke; in milliseconds. */
const PAUSE = 100;

/** Keys that step; presentation remotes send PageUp and PageDown. */
const STEPS: Record<string, number> = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 };

/** Starts this part. */
export function mount(app: App): void {
  const canvas = byId("present-picture", HTMLCanvasElement);
  const parts = { title: byId("present-title", HTMLElement), words: byId("present-words", HTMLElement) };
  const [back, next] = [byId("present-back", HTMLButtonElement), byId("present-next", HTMLButtonElement)];
  let prediction: Prediction | null = null;
  let at = 0;

  /** The steps of the model that predicted; none while the script that shows it is on its way. */
  const stepsNow = (): Step[] => {
    if (!prediction) return [];
    return prediction.plain ? stepsOf(prediction) : (app.last("steps-of-parts")?.(prediction) ?? []);
  };
  const show = throttle(() => {
    if (!prediction || currentView() !== "present") return;
    const steps = stepsNow();
    at = Math.max(0, Math.min(at, steps.length - 1));
    const step = steps[at];
    if (!step) return;
    setText(parts.title, step.title);
    setText(parts.words, step.words);
    setText(byId("present-place", HTMLElement), `${at + 1} / ${steps.length}`);
    back.setAttribute("aria-disabled", String(at === 0));
    next.setAttribute("aria-disabled", String(at === steps.length - 1));
    step.draw(canvas, prediction, readPalette(), app.last("model")?.info.class_names ?? []);
  }, PAUSE);
  const go = (by: number): void => {
    const steps = stepsNow();
    const to = Math.max(0, Math.min(steps.length - 1, at + by));
    const step = steps[to];
    if (!step || to === at) return;
    at = to;
    show();
    announce(`${step.title}. ${step.words}`);
  };

  app.on("prediction", (seen) => {
    if (seen) prediction = seen;
    show();
  });
  app.on("steps-of-parts", show);
  back.addEventListener("click", () => go(-1));
  next.addEventListener("click", () => go(1));
  new ResizeObserver(show).observe(canvas);
  onColoursChange(show);
  onView(show);
  mountKeys(go, mountLeaving());
}

/** Returns a function that goes back to where the presentation was started. */
function mountLeaving(): () => void {
  let from: View = "draw";
  onView((view) => {
    if (view !== "present") from = view;
  });
  const leave = (): void => {
    if (document.fullscreenElement) void document.exitFullscreen().catch(() => undefined);
    history.replaceState(null, "", `#${from}`);
    showView(from);
    // Of the links that lead here, one is on the screen.
    const links = [...document.querySelectorAll<HTMLElement>(".present-link")];
    links.find((link) => link.getClientRects().length > 0)?.focus({ preventScroll: true });
  };
  byId("present-leave", HTMLButtonElement).addEventListener("click", leave);
  return leave;
}

/** The keys of the presentation take precedence over those of the canvas, where arrows would move the pen. */
function mountKeys(go: (by: number) => void, leave: () => void): void {
  const run = (key: string, target: EventTarget | null): boolean => {
    const step = STEPS[key];
    // Space presses the focused button.
    if (key === " " && target instanceof HTMLButtonElement) return false;
    if (step !== undefined) go(step);
    else if (/^\d$/.test(key)) press(`.digit[data-digit="${key}"]`);
    else if (/^c$/i.test(key)) press("#clear");
    else if (/^f$/i.test(key)) void toggleFullScreen();
    else if (key === "Escape") leave();
    else return false;
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (currentView() !== "present" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!run(event.key, event.target)) return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
}

function press(selector: string): void {
  document.querySelector<HTMLButtonElement>(selector)?.click();
}

async function toggleFullScreen(): Promise<void> {
  // If the browser refuses full screen, the presentation is shown in the window.
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => undefined);
  else await document.documentElement.requestFullscreen?.().catch(() => undefined);
}
