/**
 * A drawing as text for links. Strokes: the pen's width in tenths of a pixel, then the strokes, separated by dots. A
 * point is four characters (12 bits each for x and y); a stroke with pressure starts with `~`, and its points have a
 * fifth character. An image as the model sees it: `i`, then its bytes in base64url.
 */
import type { Stroke } from "../protocol/engine.js";
import type { Drawing } from "../protocol/messages.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** The index of each character in the alphabet. */
const PLACES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((character, place) => [character, place]));
const PRESSURE = "~";
const IMAGE = "i";

/** The largest coordinate: 12 bits. */
const FINEST = 4095;
/** The largest pressure: 6 bits. */
const HARDEST = 63;
/** Points closer to each other than this share of the canvas are left out: a third of a pixel of the image. */
const NEAREST = 0.012;
/** The number of pixels of an image: 28×28, the size that all shipped models use. */
const PIXELS = 28 * 28;
/** More strokes than anyone draws. */
const MOST_STROKES = 100;
const MOST_POINTS = 4000;
/** The range of pen widths, in tenths of a pixel. */
const PENS = { thinnest: 5, thickest: 80 };

/** A drawing as text; null for a picture, or a drawing too long for a link. */
export function encodeDrawing(drawing: Drawing): string | null {
  if (drawing.kind === "image") return drawing.pixels.length === PIXELS ? IMAGE + base64url(drawing.pixels) : null;
  if (drawing.kind === "ink") return null;
  const strokes = drawing.strokes.map(thinned);
  const points = strokes.reduce((sum, stroke) => sum + stroke.points.length, 0);
  if (strokes.length === 0 || strokes.length > MOST_STROKES || points > MOST_POINTS) return null;
  return [String(penOf(10 * drawing.penWidth)), ...strokes.map(encodeStroke)].join(".");
}

/** Parses a drawing; null if any part is invalid. */
export function decodeDrawing(text: string): Drawing | null {
  if (text.startsWith(IMAGE)) {
    const pixels = fromBase64url(text.slice(IMAGE.length));
    return pixels?.length === PIXELS ? { kind: "image", pixels } : null;
  }
  const [pen = "", ...rest] = text.split(".");
  if (!/^\d{1,3}$/.test(pen) || rest.length === 0 || rest.length > MOST_STROKES) return null;
  const strokes = rest.map(decodeStroke).filter((stroke) => stroke !== null);
  const points = strokes.reduce((sum, stroke) => sum + stroke.points.length, 0);
  if (strokes.length !== rest.length || points > MOST_POINTS) return null;
  return { kind: "strokes", strokes, penWidth: penOf(Number(pen)) / 10 };
}

function penOf(tenths: number): number {
  return Math.round(Math.min(PENS.thickest, Math.max(PENS.thinnest, tenths)));
}

/** The stroke with only the points needed to draw it again; the last point stays. */
function thinned({ points, pressure }: Stroke): Stroke {
  const kept: number[] = [];
  points.forEach(([x, y], index) => {
    const before = points[kept.at(-1) ?? -1];
    const far = before === undefined || Math.hypot(x - before[0], y - before[1]) >= NEAREST;
    if (far || index === points.length - 1) kept.push(index);
  });
  return {
    points: kept.map((index) => points[index] ?? [0, 0]),
    pressure: pressure.length > 0 ? kept.map((index) => pressure[index] ?? 0.5) : [],
  };
}

function encodeStroke({ points, pressure }: Stroke): string {
  const pressed = pressure.length > 0;
  const point = ([x, y]: readonly [number, number], index: number): string =>
    coordinate(x) + coordinate(y) + (pressed ? letter(Math.round(clamp(pressure[index] ?? 0.5) * HARDEST)) : "");
  return (pressed ? PRESSURE : "") + points.map(point).join("");
}

function decodeStroke(text: string): Stroke | null {
  const pressed = text.startsWith(PRESSURE);
  const places = [...(pressed ? text.slice(PRESSURE.length) : text)].map((character) => PLACES.get(character));
  const each = pressed ? 5 : 4;
  if (places.length === 0 || places.length % each !== 0 || places.includes(undefined)) return null;
  const at = (index: number): number => places[index] ?? 0;
  const stroke: Stroke = { points: [], pressure: [] };
  for (let start = 0; start < places.length; start += each) {
    const share = (index: number): number => (64 * at(index) + at(index + 1)) / FINEST;
    stroke.points.push([share(start), share(start + 2)]);
    if (pressed) stroke.pressure.push(at(start + 4) / HARDEST);
  }
  return stroke;
}

/** A coordinate as two characters. */
function coordinate(share: number): string {
  const whole = Math.round(clamp(share) * FINEST);
  return letter(whole >> 6) + letter(whole & 63);
}

function letter(place: number): string {
  return ALPHABET.charAt(place);
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64url(text: string): Uint8Array | null {
  if (!/^[\w-]*$/.test(text) || text.length > 2 * PIXELS) return null;
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
