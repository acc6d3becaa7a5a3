/** Maps and channels painted: over the image as the model sees it, and as a tint on the canvas below the ink. */
import type { Frame } from "../draw/geometry.js";
import type { Prediction, TokenGrid } from "../protocol/engine.js";
import { heatColours } from "../see/heat.js";
import { tintOf } from "../see/maps.js";
import { COLOURS, token, tokenBytes } from "../ui/colour.js";
import { context2d } from "../ui/dom.js";
import { areaOf, tokenAt, windowEdges, type AreaMap, type Channels, type Extent, type Layer } from "./geometry.js";

/** More canvas pixels per CSS pixel than this make no visible difference. */
export const MOST_DENSE = 2;
/** The gap between pictures side by side, as a share of one. */
export const MAP_GAP = 0.12;

/** Paints a map over the image, one canvas pixel per image pixel; without a map, the ink alone. */
export function paintMap(canvas: HTMLCanvasElement, prediction: Prediction, { start, side }: Extent, map: AreaMap | null): void {
  if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  const { paper, ink } = heatColours();
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [start + (i % side), start + Math.floor(i / side)];
    const colour = 3 * Math.round(255 * levelAt(map, x, y));
    const dark = inkOf(prediction, x, y) / 255;
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * i + channel] = (ink[colour + channel] ?? 0) * dark + (paper[colour + channel] ?? 0) * (1 - dark);
    }
    image.data[4 * i + 3] = 255;
  }
  context2d(canvas).putImageData(image, 0, 0);
}

/** The share over a pixel on the colour scale, from 0 to the largest of the map. */
function levelAt(map: AreaMap | null, x: number, y: number): number {
  const place = map ? tokenAt(map.grid, x, y) : null;
  return map && place !== null && map.largest > 0 ? (map.shares[place] ?? 0) / map.largest : 0;
}

/** The ink of a pixel of the image, 0 to 255; 0 outside. */
function inkOf({ image, side }: Prediction, x: number, y: number): number {
  return x >= 0 && y >= 0 && x < side && y < side ? (image[y * side + x] ?? 0) : 0;
}

/** Pixels of the image on a canvas, where the extent fills the square at (x, y). */
export interface Scale {
  x: number;
  y: number;
  pixel: number;
  extent: Extent;
}

/** What is drawn over a map. */
export interface Marks {
  layer: Layer | null;
  map: AreaMap;
  /** The chosen token among those of the layer with a place, if there is one. */
  chosen: { grid: TokenGrid; token: number } | null;
}

/** Lines between the areas, the edges of windows, and frames around the chosen token and its window. */
export function drawMarks(context: CanvasRenderingContext2D, scale: Scale, { layer, map, chosen }: Marks): void {
  const thin = Math.max(1, Math.round(Math.min(MOST_DENSE, devicePixelRatio) / 2));
  context.fillStyle = token("lattice");
  drawLines(context, scale, map.grid, range(0, map.grid.rows), range(0, map.grid.columns), thin);
  const windows = layer?.block.windows;
  if (windows) {
    context.fillStyle = token("accent");
    drawLines(context, scale, map.grid, windowEdges(windows, map.grid.rows), windowEdges(windows, map.grid.columns), 2 * thin);
  }
  if (map.window) frameWindow(context, scale, map);
  if (chosen) {
    const { x, y, side } = areaOf(chosen.grid, chosen.token);
    frame(context, [at(scale, "x", x), at(scale, "y", y), side * scale.pixel, side * scale.pixel], Math.max(2, 0.1 * side * scale.pixel));
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Where a pixel of the image starts on the canvas. */
function at({ x, y, pixel, extent }: Scale, axis: "x" | "y", place: number): number {
  return (axis === "x" ? x : y) + (place - extent.start) * pixel;
}

function drawLines(
  context: CanvasRenderingContext2D, scale: Scale, { rows, columns, side, before }: TokenGrid,
  atRows: readonly number[], atColumns: readonly number[], thick: number,
): void {
  const [left, top] = [at(scale, "x", -before), at(scale, "y", -before)];
  const step = side * scale.pixel;
  // Whole pixels: a blurred one-pixel line would hardly be visible.
  for (const row of atRows) context.fillRect(left, Math.round(top + row * step) - Math.floor(thick / 2), columns * step, thick);
  for (const column of atColumns) context.fillRect(Math.round(left + column * step) - Math.floor(thick / 2), top, thick, rows * step);
}

function frameWindow(context: CanvasRenderingContext2D, scale: Scale, { grid: { side, before }, window }: AreaMap): void {
  if (!window) return;
  const { rows: [top, bottom], columns: [left, right] } = window;
  const [x, y] = [at(scale, "x", left * side - before), at(scale, "y", top * side - before)];
  context.strokeStyle = token("accent");
  context.lineWidth = Math.max(3, scale.pixel * 0.5);
  context.strokeRect(x, y, (right - left) * side * scale.pixel, (bottom - top) * side * scale.pixel);
}

/** A frame that stands out from any colour. */
function frame(context: CanvasRenderingContext2D, [x, y, width, height]: [number, number, number, number], thick: number): void {
  for (const [colour, line] of [["#000", thick], ["#fff", thick / 2]] as const) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x, y, width, height);
  }
}

/** The tint of a map on the canvas: areas with more than an equal share of what can be read. */
export function paintTint(context: CanvasRenderingContext2D, scale: Scale, map: AreaMap, opacity: number): void {
  const colour = tokenBytes("tint").join(" ");
  map.shares.forEach((share, place) => {
    const tint = tintOf(share, map.largest, map.readable);
    if (tint === 0) return;
    const { x, y, side } = areaOf(map.grid, place);
    // Whole pixels, edge to edge: otherwise seams would show.
    const [left, top] = [Math.round(at(scale, "x", x)), Math.round(at(scale, "y", y))];
    const [right, bottom] = [Math.round(at(scale, "x", x + side)), Math.round(at(scale, "y", y + side))];
    context.fillStyle = `rgb(${colour} / ${(opacity * Math.sqrt(tint)).toFixed(3)})`;
    context.fillRect(left, top, right - left, bottom - top);
  });
}

/** Where the extent lies on a canvas, given where the image lies on it as shares of its side. */
export function scaleOn({ x, y, side }: Frame, prediction: Prediction, extent: Extent, width: number): Scale {
  const pixel = (side * width) / prediction.side;
  return { x: x * width + extent.start * pixel, y: y * width + extent.start * pixel, pixel, extent };
}

const sheet = document.createElement("canvas");

/** Draws all channels in rows, each scaled to its own largest number: dark is negative, yellow positive. */
export function drawChannels(
  context: CanvasRenderingContext2D, { rows, columns, values }: Channels, x: number, y: number, width: number, height: number,
): void {
  const inRow = columnsFor(values.length, width / height);
  const down = Math.ceil(values.length / inRow);
  const size = Math.min(width / (inRow + (inRow - 1) * MAP_GAP), height / (down + (down - 1) * MAP_GAP));
  context.imageSmoothingEnabled = false;
  values.forEach((channel, index) => {
    paintChannel(channel, rows, columns);
    const [column, row] = [index % inRow, Math.floor(index / inRow)];
    context.drawImage(sheet, x + column * size * (1 + MAP_GAP), y + row * size * (1 + MAP_GAP), size, size);
  });
}

/** How many squares in a row make `count` of them largest in a box with this ratio of width to height. */
function columnsFor(count: number, ratio: number): number {
  let best = { columns: 1, size: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const size = Math.min(ratio / columns, 1 / Math.ceil(count / columns));
    if (size > best.size) best = { columns, size };
  }
  return best.columns;
}

function paintChannel(values: Float32Array, rows: number, columns: number): void {
  [sheet.width, sheet.height] = [columns, rows];
  const image = new ImageData(columns, rows);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  values.forEach((value, place) => {
    const colour = 3 * Math.round(127.5 * (1 + value / largest));
    image.data.set(COLOURS.subarray(colour, colour + 3), 4 * place);
    image.data[4 * place + 3] = 255;
  });
  context2d(sheet).putImageData(image, 0, 0);
}
