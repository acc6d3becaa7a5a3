/**
 * Which epochs of a run are kept: all of them while they are few; later the first, the best and the last, and in
 * between every second, fourth, eighth and so on, so that together they stay within a limit.
 */
import type { RunRecord } from "../protocol/messages.js";

/** The default limit for the epochs of a run: 50 MB. */
export const MOST = 50e6;
/** First, best and last are always kept. */
const FEWEST = 3;

/** The number of epochs of this size within the limit. */
export function epochsWithin(most: number, bytesOfOne: number): number {
  return Math.max(FEWEST, Math.floor(most / Math.max(1, bytesOfOne)));
}

/**
 * The distance between the kept epochs of a run up to `last`, a power of two: it only grows with the run, so epochs
 * kept later were also kept earlier.
 */
export function stride(last: number, count: number): number {
  let every = 1;
  while (every < last && (every === 1 ? last : Math.floor(last / every) + FEWEST) > count) every *= 2;
  return every;
}

/** The epochs to keep of these (in ascending order), at most `count`. */
export function pruned(epochs: number[], best: number | null, count: number): number[] {
  const always = [epochs[0], best, epochs.at(-1)];
  const every = stride(epochs.at(-1) ?? 0, count);
  return epochs.filter((epoch) => epoch % every === 0 || always.includes(epoch));
}

/** The size of a run in the browser. Shared data counts for each of its runs. */
export function bytesOf({ epochs, bytes }: Pick<RunRecord, "epochs" | "bytes">): number {
  return bytes === undefined ? 0 : epochs.length * bytes.epoch + bytes.checkpoint + bytes.data;
}

/** The largest size of the epochs of a future run, given the size of one. */
export function bytesToCome(epochs: number, bytesOfOne: number, most: number): number {
  return Math.min(epochs, epochsWithin(most, bytesOfOne)) * bytesOfOne;
}
