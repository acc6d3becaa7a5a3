/** Reading of pictures: a script of its own that is fetched with the first picture. */
import { EMPTY, type Content } from "../draw/content.js";
import type { Box } from "../draw/geometry.js";
import { showError } from "../ui/dom.js";
import { readDigits } from "./binarise.js";
import { around, MIDDLE, WHOLE } from "./crop.js";
import { decode, pixelsOf, type Picture } from "./decode.js";
import { contentOf } from "./digit.js";
import { createView, type View } from "./view.js";
import { inFrame, inPicture } from "./words.js";
import type { Digit, Writing } from "./grouping.js";

/** The paper around a digit within its frame, and within the box that marks it, as a share of its longer side. */
const [FRAMED, MARKED] = [0.25, 0.08];

/** The canvas, as far as pictures need it. */
export interface Canvas {
  /** Shows content as a new step that can be undone. */
  show(content: Content): void;
  /** Shows other content in its place, without a step. */
  replace(content: Content): void;
}

/** The pictures that a person opens. */
export interface Photos {
  /** Reads a picture. Throws an error with a message for the user. */
  open(file: Blob): Promise<void>;
  /** Notes that the canvas shows this. */
  changed(content: Content): void;
}

/** The picture in hand. */
interface Session {
  picture: Picture;
  digits: Digit[];
  frames: Box[];
  /** The boxes to choose from, if there are several digits. */
  choices: Box[];
  /** The frame at first. */
  frame: Box | null;
  /** The canvas follows the frame, not a chosen digit. */
  framed: boolean;
  /** What the canvas shows of it. */
  content: Content;
}

/** Adds pictures to the stage of the canvas. */
export function createPhotos(stage: HTMLElement, canvas: Canvas): Photos {
  let session: Session | null = null;
  /** Whether the canvas shows what was read of it. */
  let shown = false;
  const view: View = createView(stage, {
    framed: (box) => void frame(box),
    chosen: (index) => choose(index),
    closed: () => view.close(),
    reopened: () => view.open(),
  });
  const readFrame = createReader({
    found(found, of) {
      // Something else may have been chosen or drawn since.
      if (of !== session || !of.framed || !shown) return;
      view.say(inFrame(found));
      put(of, found.digits.length === 1 ? found.digits[0] : undefined);
    },
    failed(error, of) {
      // The pixels of an earlier picture are gone.
      if (of === session) showError(error);
    },
  });

  const put = (into: Session, digit: Digit | undefined): void => {
    into.content = digit ? contentOf(digit) : EMPTY;
    canvas.replace(into.content);
  };
  const frame = (box: Box): void => {
    if (!session) return;
    session.framed = true;
    view.choose(null);
    readFrame(session, box);
  };
  const choose = (index: number): void => {
    const [digit, box] = [session?.digits[index], session?.frames[index]];
    if (!session || !digit || !box) return;
    session.framed = false;
    view.choose(index);
    view.frame(box);
    view.say(inFrame({ digits: [digit], text: false }));
    put(session, digit);
  };

  return {
    async open(file) {
      const picture = await decode(file);
      const pixels = await pixelsOf(picture, WHOLE);
      const found = await readDigits(pixels.data, pixels.width, pixels.height);
      const next = begin(picture, found, pixels);
      session?.picture.close();
      session = next;
      canvas.show(next.content);
      view.load(picture, next.choices);
      view.frame(next.frame);
      view.offer(true);
      if (found.digits.length === 1) view.close();
      else view.open();
      // Once it is there: screen readers announce what changes in what they see.
      view.say(inPicture(found));
    },
    changed(content) {
      if (!session) return;
      shown = content === session.content;
      view.offer(shown);
      if (!shown) view.close();
    },
  };
}

function begin(picture: Picture, found: Writing, size: { width: number; height: number }): Session {
  const { digits } = found;
  const frames = digits.map(({ bounds }) => around(bounds, size, FRAMED));
  const choices = digits.length > 1 ? digits.map(({ bounds }) => around(bounds, size, MARKED)) : [];
  const [only] = digits;
  const known = { picture, digits, frames, choices, framed: false };
  if (only && digits.length === 1) return { ...known, frame: frames[0] ?? null, content: contentOf(only) };
  // An empty canvas of its own, so that it can be told from one that was cleared.
  return { ...known, frame: digits.length === 0 ? MIDDLE : null, content: { ...EMPTY } };
}

/** What becomes of a frame that is read. */
interface FrameResults {
  found(found: Writing, of: Session): void;
  failed(error: Error, of: Session): void;
}

/** Reads frames one at a time; of several waiting, the newest. */
function createReader(results: FrameResults): (of: Session, box: Box) => void {
  let next: [Session, Box] | null = null;
  let busy = false;
  const work = async (): Promise<void> => {
    busy = true;
    while (next) {
      const [of, box]: [Session, Box] = next;
      next = null;
      try {
        const { data, width, height } = await pixelsOf(of.picture, box);
        results.found(await readDigits(data, width, height), of);
      } catch (error) {
        results.failed(error as Error, of);
      }
    }
    busy = false;
  };
  return (of, box) => {
    next = [of, box];
    if (!busy) void work();
  };
}
