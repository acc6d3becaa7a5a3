/** Bytes counted by value. */

/** How many of the values are 0, 1, … 255. */
export function histogram(values: ArrayLike<number>): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < values.length; i++) counts[values[i] ?? 0] = (counts[values[i] ?? 0] ?? 0) + 1;
  return counts;
}

/** The value that a share of the values is not above. */
export function percentile(values: ArrayLike<number>, share: number): number {
  return percentileOf(histogram(values), share);
}

/** The same of values that are counted already. */
export function percentileOf(counts: Uint32Array, share: number): number {
  let left = share * counts.reduce((sum, count) => sum + count, 0);
  for (let value = 0; value < 256; value++) {
    left -= counts[value] ?? 0;
    if (left <= 0 && counts[value] !== 0) return value;
  }
  return 255;
}

/** The value in the middle. */
export function median(values: ArrayLike<number>): number {
  return percentile(values, 0.5);
}
