/**
 * Which of the pointers that are down draws: a pen before a finger, and no palm. No page in here, so that
 * it can be tested without a device.
 *
 * A palm rests on the screen before the pen comes down, stays while the pen is lifted between two strokes,
 * and often comes back first. So a pen ends a finger's stroke and its ink goes; fingers that come down while
 * a pen is in use, or shortly after, do not draw. Two fingers that come down together scroll or zoom the page.
 */

/** What is known of a pointer when it comes down, moves or goes up. */
export interface Contact {
  id: number;
  /** As in `PointerEvent.pointerType`. */
  type: string;
  /** Whether it is the only one of its type that is down anywhere on the page. */
  primary: boolean;
  /** In milliseconds, like `Event.timeStamp`. */
  time: number;
}

/** What a pointer that comes down does. */
export type Landing =
  /** It draws. */
  | "draw"
  /** It draws; the stroke in progress was a palm's, and its ink goes. */
  | "draw-instead"
  /** It draws; the stroke that the system has just ended was a palm's, and its ink goes. */
  | "draw-after-palm"
  /** With the finger that drew until now it scrolls or zooms; the ink of that finger goes. */
  | "gesture"
  | "ignore";

/** The pointers on the canvas. */
export interface Contacts {
  /** The pointer that draws; null where none does. */
  drawing(): number | null;
  /** Whether two fingers scroll or zoom. */
  gesture(): boolean;
  down(contact: Contact): Landing;
  /** A pen is near, whether it touches or not. */
  penNear(time: number): void;
  /** A pointer is lifted, or the system took it away. True where it drew. */
  up(contact: Contact, cancelled: boolean): boolean;
}

/** Fingers do not draw for so long after a pen was last near, in milliseconds. */
const PEN_REST = 1000;
/** A second finger this soon after the first is meant for the page: later, it is a palm or a thumb. */
const TOGETHER = 250;

/** Nobody touches the canvas yet. */
export function createContacts(): Contacts {
  let drawing: Contact | null = null;
  let penAt = -Infinity;
  /** When the system last took a finger away that drew. */
  let takenAt = -Infinity;
  const fingers = new Set<number>();
  let gesture = false;

  const draws = (contact: Contact, landing: Landing): Landing => {
    drawing = contact;
    takenAt = -Infinity;
    return landing;
  };

  /** Others went up where nobody could tell the page. */
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
      // A mouse that comes down a second time went up where nobody could tell the page.
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
