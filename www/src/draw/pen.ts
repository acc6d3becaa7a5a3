/** Mouse, pen and finger on the canvas. */
import type { Pad } from "./pad.js";

/** Draws with pointers: one at a time, with all the points between two frames. */
export function mountPen(canvas: HTMLCanvasElement, pad: Pad): void {
  let drawing: number | null = null;
  let box = canvas.getBoundingClientRect();
  /** Whether this stroke's points come at once; those that come with a frame are the same ones again. */
  let atOnce = false;
  /** When the newest point was made that came with a frame. */
  let newest = -Infinity;

  const add = (event: PointerEvent): void => {
    const x = (event.clientX - box.left) / box.width;
    const y = (event.clientY - box.top) / box.height;
    pad.addPoint(clamp(x), clamp(y), event.pressure);
  };

  /** Where the browser tells of points as they are made, the model need not wait for the frame to be asked. */
  const addAtOnce = (event: Event): void => {
    if (!(event instanceof PointerEvent) || event.pointerId !== drawing || event.buttons === 0) return;
    atOnce = true;
    for (const each of pointsOf(event)) if (each.timeStamp > newest) add(each);
  };

  const lift = (event: PointerEvent): void => {
    if (event.pointerId !== drawing) return;
    drawing = null;
    canvas.removeEventListener("pointerrawupdate", addAtOnce);
    pad.endStroke();
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (drawing !== null || event.button !== 0 || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    drawing = event.pointerId;
    [atOnce, newest] = [false, -Infinity];
    box = canvas.getBoundingClientRect();
    pad.startStroke(event.pointerType === "pen" && event.pressure > 0);
    add(event);
    // Only for the stroke: while someone listens, the browser wakes the page for each point.
    canvas.addEventListener("pointerrawupdate", addAtOnce);
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawing) return;
    // Lifted where nobody could tell the page: outside the window, after the capture was lost.
    if (event.buttons === 0) return lift(event);
    if (atOnce) return;
    newest = event.timeStamp;
    for (const each of pointsOf(event)) add(each);
  });

  // On the window, because a capture can be lost while the button is down; the stroke then goes on.
  window.addEventListener("pointerup", lift);
  window.addEventListener("pointercancel", lift);
  // iOS selects text and shows a loupe under a resting finger, touch-action or not.
  canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
}

/** All the points that an event stands for. */
function pointsOf(event: PointerEvent): PointerEvent[] {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length > 0 ? events : [event];
}

/** The pen may leave the canvas; its ink may not. */
function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
