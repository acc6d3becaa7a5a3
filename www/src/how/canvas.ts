/** Canvases that are sharp on any screen, drawn in CSS pixels. */
import { token } from "../ui/colour.js";
import { context2d } from "../ui/dom.js";

/** The page's colours and font, read once per drawing: each read may force a style recalculation. */
export interface Palette {
  paper: string;
  card: string;
  ink: string;
  line: string;
  edge: string;
  quiet: string;
  accent: string;
  accentInk: string;
  font: string;
}

/** The current palette, light or dark. */
export function readPalette(): Palette {
  return {
    paper: token("paper"),
    card: token("card"),
    ink: token("ink"),
    line: token("line"),
    edge: token("edge"),
    quiet: token("quiet"),
    accent: token("accent"),
    accentInk: token("accent-ink"),
    font: token("font"),
  };
}

/** A cleared canvas, ready to draw on, and its size in CSS pixels. */
export interface Sheet {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
}

const MOST_DENSE = 2;

/** Clears a canvas and fits it to its size on the page; null if it has no size. */
export function sheetOf(canvas: HTMLCanvasElement): Sheet | null {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (width === 0 || height === 0) return null;
  const density = Math.min(MOST_DENSE, devicePixelRatio);
  const [wide, high] = [Math.round(width * density), Math.round(height * density)];
  // Setting the size also clears the canvas.
  canvas.width = wide;
  canvas.height = high;
  const context = context2d(canvas);
  context.scale(wide / width, high / height);
  context.imageSmoothingEnabled = false;
  return { context, width, height };
}

/** An off-screen canvas that holds the pixels of an image before they are drawn enlarged. */
export function offPage(): HTMLCanvasElement {
  return document.createElement("canvas");
}
