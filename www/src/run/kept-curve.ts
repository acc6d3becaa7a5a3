/** The detailed curve of a run, saved in this browser so that it can be restored after a reload. */
import { thinned, type Read } from "./series.js";

const PREFIX = "patchwork curve ";
/** The most points saved per run: about 20 kB. */
const MOST_POINTS = 600;
/** The most runs whose curves are saved: the newest. */
const MOST_RUNS = 8;

/** Saves the points of a run. If the storage is full or forbidden, that is not an error. */
export function keepCurve(run: string, points: readonly Read[]): void {
  try {
    const short = thinned(points, MOST_POINTS).map(({ x, loss, accuracy }) =>
      [x, loss, accuracy].map((value) => Number(value.toPrecision(6))));
    localStorage.setItem(PREFIX + run, JSON.stringify({ at: Date.now(), points: short }));
    forgetOld();
  } catch {
    // The epochs of the run are saved separately.
  }
}

/** The saved points of a run; empty if there are none. */
export function keptCurve(run: string): Read[] {
  return pointsIn(read(PREFIX + run));
}

/** Deletes the points of a run. */
export function forgetCurve(run: string): void {
  try {
    localStorage.removeItem(PREFIX + run);
  } catch {
    // If nothing can be saved, there is nothing to delete.
  }
}

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** Validates the data, which another version or page may have written. */
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
