/** The fine curve of a run, kept in this browser so that it is there when the run is taken up after a reload. */
import { thinned, type Read } from "./series.js";

const PREFIX = "patchwork curve ";
/** Points of a run that are kept: some 20 kB. */
const MOST_POINTS = 600;
/** Runs whose curve is kept: the newest. */
const MOST_RUNS = 8;

/** Keeps the points of a run. A full or forbidden store is no reason to fail. */
export function keepCurve(run: string, points: readonly Read[]): void {
  try {
    const short = thinned(points, MOST_POINTS).map(({ x, loss, accuracy }) =>
      [x, loss, accuracy].map((value) => Number(value.toPrecision(6))));
    localStorage.setItem(PREFIX + run, JSON.stringify({ at: Date.now(), points: short }));
    forgetOld();
  } catch {
    // The epochs of the run are kept all the same.
  }
}

/** The points that were kept of a run; none where there are none. */
export function keptCurve(run: string): Read[] {
  return pointsIn(read(PREFIX + run));
}

/** Forgets the points of a run. */
export function forgetCurve(run: string): void {
  try {
    localStorage.removeItem(PREFIX + run);
  } catch {
    // Where nothing can be kept, there is nothing to forget.
  }
}

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** What another version or another page may have written is checked. */
export function pointsIn(kept: unknown): Read[] {
  const points = (kept as { points?: unknown } | null)?.points;
  if (!Array.isArray(points)) return [];
  return points.flatMap((point: unknown) => {
    const [x, loss, accuracy] = Array.isArray(point) ? (point as unknown[]) : [];
    const all = [x, loss, accuracy];
    return all.every((value) => typeof value === "number" && Number.isFinite(value))
      ? [{ x: x as number, loss: loss as number, accuracy: accuracy as number }]
      : [];
  });
}

function forgetOld(): void {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  const at = (key: string): number => Number((read(key) as { at?: unknown } | null)?.at ?? 0);
  keys.sort((one, other) => at(other) - at(one));
  for (const key of keys.slice(MOST_RUNS)) localStorage.removeItem(key);
}
