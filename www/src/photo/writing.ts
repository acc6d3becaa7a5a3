/** Separates writing from specks, frames, printed lines and remains of the sheet's edge. */
import type { Grey } from "./background.js";
import { openBoxes, withoutFrames } from "./frames.js";
import { digitsOf, type Writing } from "./grouping.js";
import { percentile } from "./histogram.js";
import { withoutLines } from "./lines.js";
import { piecesOf, type Piece, type Pieces } from "./pieces.js";
import { nextTask } from "./task.js";

/** Paper has at least this share of the brightest paper's brightness: anything darker is not a shadow but a table. */
const LEAST_PAPER = 0.3;
/** Components up to this many stroke widths apart are parts of one digit; more if a line was removed between them. */
const [APART, APART_ON_LINES] = [1.5, 3];

/**
 * Finds the digits. All other ink is erased in place. `paper` is the background that the ink was measured against: ink
 * along a step in it is the edge of a shadow or sheet.
 */
export async function findWriting(ink: Grey, paper: Uint8Array): Promise<Writing> {
  let all = keepOpen(ink, paper);
  await nextTask();
  let cleared = withoutLines(ink);
  await nextTask();
  // Boxes are opened as a whole, before their straight sides are mistaken for printed lines.
  if (!cleared?.paper && openBoxes(ink, all)) {
    all = keepOpen(ink, paper);
    cleared = withoutLines(ink);
    await nextTask();
  }
  if (!cleared) return digitsOf(ink, all, APART);
  ink.pixels.set(cleared.pixels);
  return digitsOf(ink, piecesOf(ink, paper), APART_ON_LINES);
}

/** Erases all components but those that are on paper and no frames. */
function keepOpen(ink: Grey, paper: Uint8Array): Pieces {
  const { labels, pieces } = piecesOf(ink, paper);
  const least = LEAST_PAPER * percentile(paper, 0.95);
  const onPaper = (piece: Piece): boolean => piece.onStep < piece.pixels / 2 && piece.paper >= least * piece.pixels;
  const open = withoutFrames(pieces.filter(onPaper), labels, ink);
  wipeOthers(ink, labels, open);
  return { labels, pieces: open };
}

function wipeOthers(ink: Grey, labels: Uint32Array, pieces: Piece[]): void {
  const kept = new Set(pieces.map(({ number }) => number));
  for (let i = 0; i < labels.length; i++) if (!kept.has(labels[i] as number)) ink.pixels[i] = 0;
}
