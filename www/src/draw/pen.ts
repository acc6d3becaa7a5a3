/** Mouse, pen and finger on the canvas. */
import { createContacts, type Contact } from "./contacts.js";
import type { Content } from "./content.js";
import type { Pad } from "./pad.js";

/** Draws with pointers: one at a time, with all points between two frames. */
export function mountPen(canvas: HTMLCanvasElement, pad: Pad): void {
  const contacts = createContacts();
  /** Whether this stroke's points arrive as raw updates; those that arrive with a frame are then duplicates. */
  let atOnce = false;
  /** The time stamp of the newest point that arrived with a frame. */
  let newest = -Infinity;
  /** The content of the canvas when the system cancelled a finger. */
  let taken: Content | null = null;

  /** The page can move under the pen (a notice appears, a key scrolls), so the canvas position is read every time. */
  const add = (events: PointerEvent[]): void => {
    const box = canvas.getBoundingClientRect();
    for (const { clientX, clientY, pressure } of events) {
      pad.addPoint(clamp((clientX - box.left) / box.width), clamp((clientY - box.top) / box.height), pressure);
    }
  };

  const draws = (event: PointerEvent): boolean => event.pointerId === contacts.drawing();

  /** If the browser delivers points as they are made, the prediction need not wait for the next frame. */
  const addAtOnce = (event: Event): void => {
    if (!(event instanceof PointerEvent) || !draws(event) || !isDown(event)) return;
    atOnce = true;
    add(pointsOf(event).filter((each) => each.timeStamp > newest));
  };

  /** Only during a stroke: with a listener, the browser wakes the page for every point, and scrolling is delayed. */
  const listen = (type: string): void => {
    canvas.addEventListener("pointerrawupdate", addAtOnce);
    window.addEventListener("wheel", keepStill, { passive: false });
    if (type === "pen") window.addEventListener("click", ignore, { capture: true });
  };
  const rest = (): void => {
    canvas.removeEventListener("pointerrawupdate", addAtOnce);
    window.removeEventListener("wheel", keepStill);
    window.removeEventListener("click", ignore, { capture: true });
  };

  const lift = (event: PointerEvent): void => {
    const cancelled = event.type === "pointercancel";
    if (!contacts.up(contactOf(event), cancelled)) return;
    rest();
    pad.endStroke();
    taken = cancelled ? pad.content() : null;
  };

  canvas.addEventListener("pointerdown", (event) => {
    // A pen's barrel button or eraser end does not draw, but a palm may rest on the screen all the same.
    if (event.pointerType === "pen") contacts.penNear(event.timeStamp);
    if (event.button !== 0) return;
    const before = contacts.drawing();
    const landing = contacts.down(contactOf(event));
    if (landing === "gesture" || landing === "draw-instead") pad.dropStroke();
    if (landing === "gesture") return rest();
    if (landing === "ignore") return;
    // A stroke whose end was never reported.
    if (before !== null) pad.endStroke();
    if (landing === "draw-after-palm" && pad.content() === taken) pad.undo();
    // So that the shortcuts apply to the drawing.
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    [atOnce, newest] = [false, -Infinity];
    pad.startStroke(event.pointerType === "pen" && event.pressure > 0);
    add([event]);
    listen(event.pointerType);
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "pen") contacts.penNear(event.timeStamp);
    if (!draws(event)) return;
    // Lifted where the page received no event: outside the window, after the capture was lost.
    if (!isDown(event)) return lift(event);
    if (atOnce) return;
    newest = event.timeStamp;
    add(pointsOf(event));
  });

  // On the window, because the capture can be lost while the button is down; the stroke then continues.
  window.addEventListener("pointerup", lift);
  window.addEventListener("pointercancel", lift);
  canvas.addEventListener("contextmenu", (event) => {
    // For a barrel button or a resting finger, the menu would end the stroke. A mouse's right click is intended.
    const pointer = event instanceof PointerEvent ? event.pointerType : "";
    if (contacts.drawing() !== null || pointer === "pen" || pointer === "touch") event.preventDefault();
  });
  mountTouch(canvas, () => contacts.gesture());
}

/** Lets two fingers scroll and zoom, but only if they touch together. */
function mountTouch(canvas: HTMLCanvasElement, gesture: () => boolean): void {
  // iOS selects text and shows a magnifier under a resting finger, whatever `touch-action` says. In other browsers the
  // first finger's default action must not be prevented: they would not accept a second finger to zoom.
  const selects = "GestureEvent" in globalThis;
  const take = (event: TouchEvent): void => {
    const alone = event.touches.length === 1;
    if (event.cancelable && (alone ? selects : !gesture())) event.preventDefault();
  };
  canvas.addEventListener("touchstart", take, { passive: false });
}

/** The wheel does not scroll during a stroke. */
function keepStill(event: Event): void {
  event.preventDefault();
}

/** The palm of a hand that draws with a pen may rest on the buttons below the canvas. */
function ignore(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

/** Whether the pointer still touches: for a mouse, whether its main button is down. */
function isDown(event: PointerEvent): boolean {
  return event.pointerType === "mouse" ? (event.buttons & 1) !== 0 : event.buttons !== 0;
}

function contactOf(event: PointerEvent): Contact {
  return { id: event.pointerId, type: event.pointerType, primary: event.isPrimary, time: event.timeStamp };
}

/** All points that an event stands for. */
function pointsOf(event: PointerEvent): PointerEvent[] {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length > 0 ? events : [event];
}

/** The pen may leave the canvas, but its ink is clamped to it. */
function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
