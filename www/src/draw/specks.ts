/** Parts writing from specks and shadows: pieces of connected ink, by size and by whether they touch the edge. */

/** Ink from here on connects pixels. */
const CONNECTS = 48;
/** A piece smaller than this part of the largest is a speck. */
const SPECK = 0.03;
/** A piece at the edge goes if one inside is at least this part of it. */
const INSIDE = 0.05;

interface Piece {
  pixels: number;
  atEdge: boolean;
}

/** Wipes off, in place, all ink but the writing. False where nothing is left. */
export function keepWriting(ink: Uint8Array, width: number, height: number): boolean {
  const { labels, pieces } = label(ink, width, height);
  const inside = Math.max(0, ...pieces.filter((piece) => !piece.atEdge).map((piece) => piece.pixels));
  const largest = Math.max(0, ...pieces.map((piece) => piece.pixels));
  const dropEdge = inside >= INSIDE * largest;
  const least = SPECK * (dropEdge ? inside : largest);
  const keep = pieces.map((piece) => piece.pixels >= least && !(dropEdge && piece.atEdge));
  for (let i = 0; i < ink.length; i++) {
    const piece = labels[i] ?? 0;
    if (piece === 0 || !keep[piece - 1]) ink[i] = 0;
  }
  return keep.some(Boolean);
}

/** Numbers the connected pieces from 1, with a flood from each pixel that has no number yet. */
function label(ink: Uint8Array, width: number, height: number): { labels: Uint32Array; pieces: Piece[] } {
  const labels = new Uint32Array(ink.length);
  const stack = new Uint32Array(ink.length);
  const pieces: Piece[] = [];
  for (let start = 0; start < ink.length; start++) {
    if (labels[start] !== 0 || (ink[start] ?? 0) < CONNECTS) continue;
    pieces.push(flood(ink, labels, stack, start, pieces.length + 1, width, height));
  }
  return { labels, pieces };
}

function flood(
  ink: Uint8Array,
  labels: Uint32Array,
  stack: Uint32Array,
  start: number,
  number: number,
  width: number,
  height: number,
): Piece {
  const piece = { pixels: 0, atEdge: false };
  let waiting = 1;
  stack[0] = start;
  labels[start] = number;
  while (waiting > 0) {
    const at = stack[--waiting] ?? 0;
    const [x, y] = [at % width, Math.floor(at / width)];
    piece.pixels += 1;
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) piece.atEdge = true;
    for (let down = -1; down <= 1; down++) {
      for (let right = -1; right <= 1; right++) {
        if (x + right < 0 || x + right >= width || y + down < 0 || y + down >= height) continue;
        const next = at + down * width + right;
        if (labels[next] !== 0 || (ink[next] ?? 0) < CONNECTS) continue;
        labels[next] = number;
        stack[waiting++] = next;
      }
    }
  }
  return piece;
}
