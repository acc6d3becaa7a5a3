/** How many workers share the steps: the page says what they take, and does without the engine that they load. */

/** At most so many workers: the engine cuts a batch into no more parts. */
const MOST = 8;

/** How many workers share the steps on so many cores: a power of two, which shares parts out evenly. */
export function workerCount(cores: number): number {
  return 2 ** Math.floor(Math.log2(Math.min(Math.max(cores, 1), MOST)));
}
