/** The frame on a picture: how it moves and what it may cover. In shares of the picture, 0 to 1 in each direction. */
import type { Box } from "../draw/geometry.js";
import type { Bounds } from "./pieces.js";

/** The least width and height of a frame. */
export const LEAST = 0.06;

/** The whole picture. */
export const WHOLE: Box = { x: 0, y: 0, width: 1, height: 1 };
/** Where a frame begins if no digit was found: around the middle. */
export const MIDDLE: Box = { x: 0.2, y: 0.2, width: 0.6, height: 0.6 };

/** Which sides of a frame are moved: -1 the left or upper one, 1 the right or lower one, 0 none. */
export interface Sides {
  across: -1 | 0 | 1;
  down: -1 | 0 | 1;
}

/** Moves a frame; it stays on the picture. */
export function moved(frame: Box, across: number, down: number): Box {
  return { ...frame, x: clamp(frame.x + across, 0, 1 - frame.width), y: clamp(frame.y + down, 0, 1 - frame.height) };
}

/** Moves some sides of a frame, to the picture's edge at most. The others stay, and it keeps its least size. */
export function resized(frame: Box, { across: column, down: row }: Sides, across: number, down: number): Box {
  const [x, width] = stretched(frame.x, frame.width, column, across);
  const [y, height] = stretched(frame.y, frame.height, row, down);
  return { x, y, width, height };
}

function stretched(start: number, length: number, side: -1 | 0 | 1, by: number): [start: number, length: number] {
  const end = start + length;
  if (side === 0) return [start, length];
  if (side > 0) return [start, clamp(end + by, start + LEAST, 1) - start];
  const moved = clamp(start + by, 0, end - LEAST);
  return [moved, end - moved];
}

/** Makes a frame larger, or with a negative number smaller, on all sides. */
export function grown(frame: Box, by: number): Box {
  return resized(resized(frame, { across: 1, down: 1 }, by, by), { across: -1, down: -1 }, -by, -by);
}

/**
 * The frame around a digit with paper on all sides, as a share of the digit's longer side. `picture` has the width and
 * height that its bounds refer to.
 */
export function around({ left, top, right, bottom }: Bounds, picture: { width: number; height: number }, share: number): Box {
  const margin = share * Math.max(right + 1 - left, bottom + 1 - top);
  const [x, y] = [Math.max(0, left - margin), Math.max(0, top - margin)];
  const [end, foot] = [Math.min(picture.width, right + 1 + margin), Math.min(picture.height, bottom + 1 + margin)];
  const box = { x: x / picture.width, y: y / picture.height, width: (end - x) / picture.width, height: (foot - y) / picture.height };
  return grown(box, Math.max(0, (LEAST - Math.min(box.width, box.height)) / 2));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
