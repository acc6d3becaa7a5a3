/**
 * Which epochs of a run stay: all of them while they are few; then the first, the best and the last, and in between
 * every second, fourth, eighth and so on, so that together they take no more than a bound.
 */
import type { RunRecord } from "../protocol/messages.js";

/** What the epochs of a run may take where nobody chose: 50 MB. */
export const MOST = 50e6;
/** First, best and last stay whatever they take. */
const FEWEST = 3;

/** How many epochs of this size the bound allows. */
export function epochsWithin(most: number, bytesOfOne: number): number {
  return Math.max(FEWEST, Math.floor(most / Math.max(1, bytesOfOne)));
}

/**
 * The distance between the epochs that stay of a run of so many, a power of two: it only grows as the run does, so what
 * stays late also stayed early.
 */
export function stride(last: number, count: number): number {
  let every = 1;
  while (every < last && (every === 1 ? last : Math.floor(last / every) + FEWEST) > count) every *= 2;
  return every;
}

/** The epochs that stay of these (which rise), where at most `count` may. */
export function pruned(epochs: number[], best: number | null, count: number): number[] {
  const always = [epochs[0], best, epochs.at(-1)];
  const every = stride(epochs.at(-1) ?? 0, count);
  return epochs.filter((epoch) => epoch % every === 0 || always.includes(epoch));
}

/** What a run takes in the browser. Data that runs share is counted for each of them. */
export function bytesOf({ epochs, bytes }: Pick<RunRecord, "epochs" | "bytes">): number {
  return bytes === undefined ? 0 : epochs.length * bytes.epoch + bytes.checkpoint + bytes.data;
}

/** What the epochs of a run to come will take at most, where one takes so many bytes. */
export function bytesToCome(epochs: number, bytesOfOne: number, most: number): number {
  return Math.min(epochs, epochsWithin(most, bytesOfOne)) * bytesOfOne;
}
