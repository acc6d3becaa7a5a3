/** Mouse, pen and finger on the canvas. */
import type { Pad } from "./pad.js";

/** Draws with pointers: one at a time, with all the points between two frames. */
export function mountPen(canvas: HTMLCanvasElement, pad: Pad): void {
  let drawing: number | null = null;
  let box = canvas.getBoundingClientRect();

  const add = (event: PointerEvent): void => {
    const x = (event.clientX - box.left) / box.width;
    const y = (event.clientY - box.top) / box.height;
    pad.addPoint(clamp(x), clamp(y), event.pressure);
  };

  const lift = (event: PointerEvent): void => {
    if (event.pointerId !== drawing) return;
    drawing = null;
    pad.endStroke();
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (drawing !== null || event.button !== 0 || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    drawing = event.pointerId;
    box = canvas.getBoundingClientRect();
    pad.startStroke(event.pointerType === "pen" && event.pressure > 0);
    add(event);
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawing) return;
    // Lifted where nobody could tell the page: outside the window, after the capture was lost.
    if (event.buttons === 0) return lift(event);
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) add(each);
  });

  // On the window, because a capture can be lost while the button is down; the stroke then goes on.
  window.addEventListener("pointerup", lift);
  window.addEventListener("pointercancel", lift);
  // iOS selects text and shows a loupe under a resting finger, touch-action or not.
  canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
}

/** The pen may leave the canvas; its ink may not. */
function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
