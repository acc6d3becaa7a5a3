/** A sheet of small images with their labels, painted on one canvas. */
import { token } from "./colour.js";
import { context2d, paintPixels } from "./dom.js";
import { shortened } from "./names.js";

/** An image on the sheet. */
export interface Tile {
  /** Its index in the pixels, in images. */
  image: number;
  /** The caption below it; may be empty. */
  caption: string;
}

/** The content of the sheet. */
export interface Sheet {
  side: number;
  /** `[images, side, side]`, 0 background to 255 ink. */
  pixels: Uint8Array;
  tiles: Tile[];
  columns: number;
}

const GAP = 4;
const CAPTION = 16;
const LARGEST_TILE = 72;

/** Paints the sheet as wide as the canvas's box. */
export function paintSheet(canvas: HTMLCanvasElement, sheet: Sheet): void {
  const { columns, tiles } = sheet;
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  const room = canvas.parentElement?.clientWidth ?? 320;
  const tile = Math.max(8, Math.min(LARGEST_TILE, Math.floor((room + GAP) / columns) - GAP));
  const caption = tiles.some((one) => one.caption !== "") ? CAPTION : 0;
  const rows = Math.ceil(tiles.length / columns);
  const width = columns * (tile + GAP) - GAP;
  const height = Math.max(1, rows * (tile + caption + GAP) - GAP);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = context2d(canvas);
  context.scale(ratio, ratio);
  paintCaptions(context, sheet, tile, caption);
  paintTiles(context, sheet, tile, caption);
}

function place(index: number, columns: number, tile: number, caption: number): [x: number, y: number] {
  return [(index % columns) * (tile + GAP), Math.floor(index / columns) * (tile + caption + GAP)];
}

function paintCaptions(context: CanvasRenderingContext2D, sheet: Sheet, tile: number, caption: number): void {
  if (caption === 0) return;
  context.fillStyle = token("quiet");
  context.font = `12px ${token("font")}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  sheet.tiles.forEach((one, index) => {
    const [x, y] = place(index, sheet.columns, tile, caption);
    context.fillText(fitted(context, one.caption, tile), x + tile / 2, y + tile + caption / 2, tile);
  });
}

/** As much of a caption as fits the width. */
function fitted(context: CanvasRenderingContext2D, caption: string, width: number): string {
  let text = caption;
  for (let most = 16; most > 2 && context.measureText(text).width > width; most--) text = shortened(caption, most);
  return text;
}

function paintTiles(context: CanvasRenderingContext2D, sheet: Sheet, tile: number, caption: number): void {
  const { side, pixels } = sheet;
  const stamp = document.createElement("canvas");
  // Small images keep crisp pixels; large ones are scaled down smoothly.
  context.imageSmoothingEnabled = side > tile;
  context.imageSmoothingQuality = "high";
  sheet.tiles.forEach((one, index) => {
    // Ink is white on black, like the model's input.
    paintPixels(stamp, pixels.subarray(one.image * side * side), side);
    const [x, y] = place(index, sheet.columns, tile, caption);
    context.drawImage(stamp, x, y, tile, tile);
  });
}
