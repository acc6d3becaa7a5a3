/**
 * Which of the active pointers draws: a pen takes precedence over a finger, and a palm never draws. Independent of the
 * page, so that it can be tested without a device.
 *
 * A palm rests on the screen before the pen touches it, stays while the pen is lifted between two strokes, and often
 * touches again before the pen does. So a pen ends a finger's stroke and removes its ink, and fingers that touch while
 * a pen is in use, or shortly after, do not draw. Two fingers that touch together scroll or zoom the page.
 */

/** What is known about a pointer when it goes down, moves or goes up. */
export interface Contact {
  id: number;
  /** As in `PointerEvent.pointerType`. */
  type: string;
  /** Whether it is the only active pointer of its type anywhere on the page. */
  primary: boolean;
  /** In milliseconds, like `Event.timeStamp`. */
  time: number;
}

/** The effect of a pointer going down. */
export type Landing =
  /** It draws. */
  | "draw"
  /** It draws; the stroke in progress was a palm's, and its ink is removed. */
  | "draw-instead"
  /** It draws; the stroke that the system has just cancelled was a palm's, and its ink is removed. */
  | "draw-after-palm"
  /** Together with the finger that was drawing, it scrolls or zooms; the ink of that finger is removed. */
  | "gesture"
  | "ignore";

/** The pointers on the canvas. */
export interface Contacts {
  /** The pointer that draws; null if none does. */
  drawing(): number | null;
  /** Whether two fingers are scrolling or zooming. */
  gesture(): boolean;
  down(contact: Contact): Landing;
  /** A pen is near, touching or not. */
  penNear(time: number): void;
  /** A pointer was lifted or cancelled. Returns whether it was drawing. */
  up(contact: Contact, cancelled: boolean): boolean;
}

/** How long fingers do not draw after a pen was last near, in milliseconds. */
const PEN_REST = 1000;
/** A second finger this soon after the first is a gesture; later, it is a palm or a thumb. */
const TOGETHER = 250;

/** Starts with no pointer on the canvas. */
export function createContacts(): Contacts {
  let drawing: Contact | null = null;
  let penAt = -Infinity;
  /** When the system last cancelled a finger that was drawing. */
  let takenAt = -Infinity;
  const fingers = new Set<number>();
  let gesture = false;

  const draws = (contact: Contact, landing: Landing): Landing => {
    drawing = contact;
    takenAt = -Infinity;
    return landing;
  };

  /** The other fingers were lifted where the page received no event. */
  const forgetFingers = (): void => {
    fingers.clear();
    gesture = false;
    if (drawing?.type === "touch") drawing = null;
  };

  const finger = (contact: Contact): Landing => {
    if (contact.primary) forgetFingers();
    fingers.add(contact.id);
    if (gesture || contact.time - penAt < PEN_REST) return "ignore";
    if (drawing === null) return fingers.size === 1 ? draws(contact, "draw") : "ignore";
    if (drawing.type !== "touch" || contact.time - drawing.time > TOGETHER) return "ignore";
    drawing = null;
    gesture = true;
    return "gesture";
  };

  const pen = (contact: Contact): Landing => {
    const palm = drawing?.type === "touch";
    const taken = contact.time - takenAt < PEN_REST;
    penAt = contact.time;
    return draws(contact, palm ? "draw-instead" : taken ? "draw-after-palm" : "draw");
  };

  return {
    drawing: () => drawing?.id ?? null,
    gesture: () => gesture,
    down(contact) {
      if (contact.type === "touch") return finger(contact);
      if (contact.type === "pen") return pen(contact);
      // A mouse button that goes down twice was released where the page received no event.
      return drawing === null || drawing.id === contact.id ? draws(contact, "draw") : "ignore";
    },
    penNear: (time) => void (penAt = time),
    up({ id, type, time }, cancelled) {
      fingers.delete(id);
      if (fingers.size === 0) gesture = false;
      if (type === "pen") penAt = time;
      if (drawing?.id !== id) return false;
      drawing = null;
      if (cancelled && type === "touch") takenAt = time;
      return true;
    },
  };
}
