/** The points of a run's curves: thinned, smoothed and aligned for a chart. Independent of the page. */
import type { EpochRow, Progress } from "../protocol/engine.js";

/** The most readings kept; beyond that, neighbours are merged into their mean. */
export const MOST_READS = 5000;

/** Loss and accuracy at one moment; `x` is in epochs. */
export interface Read { x: number; loss: number; accuracy: number }

/** The session's readings on the training images, in order. */
export interface Reads {
  points: Read[];
  /** How many readings each point represents. */
  stride: number;
  /** Readings that do not make a complete point yet. */
  waiting: Read[];
}

/** An empty series. */
export function noReads(): Reads {
  return { points: [], stride: 1, waiting: [] };
}

/** A series from saved points: new readings are merged at the same rate, so that the curve stays uniform. */
export function readsOf(points: readonly Read[]): Reads {
  return { points: [...points], stride: 1, waiting: [] };
}

/** Merges groups of consecutive points into their means, so that at most `most` are left. */
export function thinned(points: readonly Read[], most: number): Read[] {
  let left = [...points];
  while (left.length > most) left = halved(left);
  return left;
}

/** Adds a reading. If a run was resumed from an earlier step, the readings after that step are dropped. */
export function addRead(reads: Reads, progress: Progress): void {
  const x = progress.epoch - 1 + progress.step / progress.steps_per_epoch;
  dropFrom(reads, x);
  reads.waiting.push({ x, loss: progress.loss, accuracy: progress.accuracy });
  if (reads.waiting.length < reads.stride) return;
  reads.points.push(mean(reads.waiting));
  reads.waiting = [];
  if (reads.points.length >= MOST_READS) halve(reads);
}

function dropFrom(reads: Reads, x: number): void {
  let last = reads.waiting.at(-1) ?? reads.points.at(-1);
  if (!last || last.x < x) return;
  reads.waiting = [];
  for (last = reads.points.at(-1); last && last.x >= x; last = reads.points.at(-1)) reads.points.pop();
}

function halve(reads: Reads): void {
  reads.points = halved(reads.points);
  reads.stride *= 2;
}

function halved(points: readonly Read[]): Read[] {
  const merged: Read[] = [];
  for (let i = 0; i < points.length; i += 2) merged.push(mean(points.slice(i, i + 2)));
  return merged;
}

/** The mean of some readings, at the position of the last. */
function mean(reads: Read[]): Read {
  const sum = { x: 0, loss: 0, accuracy: 0 };
  for (const read of reads) {
    sum.x = read.x;
    sum.loss += read.loss;
    sum.accuracy += read.accuracy;
  }
  return { x: sum.x, loss: sum.loss / reads.length, accuracy: sum.accuracy / reads.length };
}

/**
 * An exponential moving average; 0 leaves the values unchanged. Early values are corrected for the initial 0 (as in
 * Adam), so that the line starts where the data starts.
 */
export function smooth(values: number[], factor: number): number[] {
  if (factor <= 0) return values;
  let average = 0;
  let weight = 0;
  return values.map((value) => {
    average = factor * average + (1 - factor) * value;
    weight = factor * weight + (1 - factor);
    return average / weight;
  });
}

/** The value of a reading and of an epoch that a curve shows. */
export interface Measure {
  read: (read: Read) => number;
  train: (row: EpochRow) => number;
  validation: (row: EpochRow) => number | null;
}

/** The columns of a chart. */
export interface Columns { x: number[]; raw: Value[]; smoothed: Value[]; train: Value[]; validation: Value[] }

/** A value of a curve; null for a gap. */
export type Value = number | null;

/**
 * Aligns readings and epochs on one axis. `possible` tells which values can be drawn (a logarithmic axis has no zero).
 */
export function columns(
  reads: Read[], rows: EpochRow[], measure: Measure, factor: number, possible: (value: number) => boolean,
): Columns {
  const raw = reads.map(measure.read);
  const smoothed = smooth(raw, factor);
  const drawn = (value: Value | undefined): Value =>
    value !== null && value !== undefined && possible(value) ? value : null;
  const out: Columns = { x: [], raw: [], smoothed: [], train: [], validation: [] };
  const put = (x: number, index: number | null, row: EpochRow | null): void => {
    out.x.push(x);
    out.raw.push(index === null ? null : drawn(raw[index]));
    out.smoothed.push(index === null ? null : drawn(smoothed[index]));
    out.train.push(row && drawn(measure.train(row)));
    out.validation.push(row && drawn(measure.validation(row)));
  };
  let at = 0;
  const putReads = (until: number): void => {
    for (let read = reads[at]; read && read.x < until; read = reads[++at]) put(read.x, at, null);
  };
  for (const row of rows) {
    putReads(row.epoch);
    // The last reading of an epoch coincides with its end.
    const meets = reads[at]?.x === row.epoch;
    put(row.epoch, meets ? at : null, row);
    if (meets) at++;
  }
  putReads(Infinity);
  return out;
}

/** A teacher: its accuracy, which does not change, and the epochs of its own training. */
export interface TeacherCurve { accuracy: number; history: readonly EpochRow[] }

/** Columns of a teacher beside those of its student, on the same positions: its accuracy, and what it had after its own epochs. */
export interface WithTeacher { columns: Columns; accuracy: Value[]; own: Value[] }

/** Adds the epochs of a teacher's own training, up to `most`, to the positions of its student's curves. */
export function withTeacher(
  columns: Columns, { accuracy, history }: TeacherCurve, most: number, value: (accuracy: number) => number,
): WithTeacher {
  const rows = history.filter(({ epoch, validation_accuracy }) => epoch <= most && validation_accuracy !== null);
  const own = new Map(rows.map((row) => [row.epoch, value(row.validation_accuracy ?? 0)]));
  const all = [...new Set([0, ...columns.x, ...own.keys(), most])].sort((a, b) => a - b);
  const places = new Map(columns.x.map((x, index) => [x, index]));
  const spread = (values: readonly Value[]): Value[] => all.map((x) => values[places.get(x) ?? -1] ?? null);
  return {
    columns: {
      x: all, raw: spread(columns.raw), smoothed: spread(columns.smoothed), train: spread(columns.train),
      validation: spread(columns.validation),
    },
    accuracy: all.map(() => value(accuracy)),
    own: all.map((x) => own.get(x) ?? null),
  };
}
