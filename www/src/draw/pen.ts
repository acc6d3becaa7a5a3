/** Mouse, pen and finger on the canvas. */
import { createContacts, type Contact } from "./contacts.js";
import type { Content } from "./content.js";
import type { Pad } from "./pad.js";

/** Draws with pointers: one at a time, with all the points between two frames. */
export function mountPen(canvas: HTMLCanvasElement, pad: Pad): void {
  const contacts = createContacts();
  /** Whether this stroke's points come at once; those that come with a frame are the same ones again. */
  let atOnce = false;
  /** When the newest point was made that came with a frame. */
  let newest = -Infinity;
  /** What was on the canvas when the system took a finger away. */
  let taken: Content | null = null;

  /** The page can move under the pen (a notice comes, a key scrolls), so the canvas is asked each time where it is. */
  const add = (events: PointerEvent[]): void => {
    const box = canvas.getBoundingClientRect();
    for (const { clientX, clientY, pressure } of events) {
      pad.addPoint(clamp((clientX - box.left) / box.width), clamp((clientY - box.top) / box.height), pressure);
    }
  };

  const draws = (event: PointerEvent): boolean => event.pointerId === contacts.drawing();

  /** Where the browser tells of points as they are made, the model need not wait for the frame to be asked. */
  const addAtOnce = (event: Event): void => {
    if (!(event instanceof PointerEvent) || !draws(event) || !isDown(event)) return;
    atOnce = true;
    add(pointsOf(event).filter((each) => each.timeStamp > newest));
  };

  /** Only for the stroke: while someone listens, the browser wakes the page for each point, and scrolls late. */
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
    // A pen's barrel button or its other end does not draw, but the hand that holds it rests all the same.
    if (event.pointerType === "pen") contacts.penNear(event.timeStamp);
    if (event.button !== 0) return;
    const before = contacts.drawing();
    const landing = contacts.down(contactOf(event));
    if (landing === "gesture" || landing === "draw-instead") pad.dropStroke();
    if (landing === "gesture") return rest();
    if (landing === "ignore") return;
    // A stroke whose end was never told.
    if (before !== null) pad.endStroke();
    if (landing === "draw-after-palm" && pad.content() === taken) pad.undo();
    // The shortcuts are meant for what is being drawn.
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
    // Lifted where nobody could tell the page: outside the window, after the capture was lost.
    if (!isDown(event)) return lift(event);
    if (atOnce) return;
    newest = event.timeStamp;
    add(pointsOf(event));
  });

  // On the window, because a capture can be lost while the button is down; the stroke then goes on.
  window.addEventListener("pointerup", lift);
  window.addEventListener("pointercancel", lift);
  canvas.addEventListener("contextmenu", (event) => {
    // A barrel button, or a finger that rests: the menu would end the stroke. A mouse's right button is no accident.
    const pointer = event instanceof PointerEvent ? event.pointerType : "";
    if (contacts.drawing() !== null || pointer === "pen" || pointer === "touch") event.preventDefault();
  });
  mountTouch(canvas, () => contacts.gesture());
}

/** Lets two fingers scroll and zoom, but only where they came down together. */
function mountTouch(canvas: HTMLCanvasElement, gesture: () => boolean): void {
  // iOS selects text and shows a loupe under a resting finger, touch-action or not. Elsewhere a first finger must not
  // be kept from the browser: it would take no second one to zoom.
  const selects = "GestureEvent" in globalThis;
  const take = (event: TouchEvent): void => {
    const alone = event.touches.length === 1;
    if (event.cancelable && (alone ? selects : !gesture())) event.preventDefault();
  };
  canvas.addEventListener("touchstart", take, { passive: false });
}

/** The wheel waits for the end of the stroke. */
function keepStill(event: Event): void {
  event.preventDefault();
}

/** The palm of a hand that draws with a pen may lie on the buttons below the canvas. */
function ignore(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

/** Whether the pointer still touches: a mouse with its first button, whatever the others do. */
function isDown(event: PointerEvent): boolean {
  return event.pointerType === "mouse" ? (event.buttons & 1) !== 0 : event.buttons !== 0;
}

function contactOf(event: PointerEvent): Contact {
  return { id: event.pointerId, type: event.pointerType, primary: event.isPrimary, time: event.timeStamp };
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
