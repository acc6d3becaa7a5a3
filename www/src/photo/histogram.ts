/** Histograms of bytes. */

/** How often each value from 0 to 255 occurs. */
export function histogram(values: ArrayLike<number>): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < values.length; i++) counts[values[i] ?? 0] = (counts[values[i] ?? 0] ?? 0) + 1;
  return counts;
}

/** The smallest value that at least this share of the values does not exceed. */
export function percentile(values: ArrayLike<number>, share: number): number {
  return percentileOf(histogram(values), share);
}

/** The same from a histogram. */
export function percentileOf(counts: Uint32Array, share: number): number {
  let left = share * counts.reduce((sum, count) => sum + count, 0);
  for (let value = 0; value < 256; value++) {
    left -= counts[value] ?? 0;
    if (left <= 0 && counts[value] !== 0) return value;
  }
  return 255;
}

/** The median. */
export function median(values: ArrayLike<number>): number {
  return percentile(values, 0.5);
}
