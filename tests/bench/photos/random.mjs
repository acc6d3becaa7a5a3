/** Repeatable random numbers: the same seed gives the same photo. */

/** A generator with a seed (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** A number between two. */
    between: (low, high) => low + (high - low) * next(),
    /** One of a list. */
    of: (list) => list[Math.floor(next() * list.length)],
    /** Whether something of this probability happens. */
    chance: (share) => next() < share,
    /** Approximately normal, with a standard deviation of 1: the sum of three uniform numbers. */
    normal: () => 2 * (next() + next() + next() - 1.5),
  };
}
