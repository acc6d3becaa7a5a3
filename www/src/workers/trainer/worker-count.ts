/** How many workers share the steps. The page uses it to estimate memory, without loading the engine. */

/** The most workers: the engine cuts a batch into no more parts. */
const MOST = 8;

/** The number of step workers for this many cores: a power of two, which divides parts evenly. */
export function workerCount(cores: number): number {
  return 2 ** Math.floor(Math.log2(Math.min(Math.max(cores, 1), MOST)));
}
