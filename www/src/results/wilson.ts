/** The accuracy of a confusion matrix and its confidence interval; the same arithmetic as `crate/metrics.rs`. */
import type { Confusion } from "../protocol/engine.js";

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959964;

/** The number of images. */
export function total(confusion: Confusion): number {
  return confusion.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0);
}

/** The number of correctly classified images. */
export function correct(confusion: Confusion): number {
  return confusion.reduce((sum, row, label) => sum + (row[label] ?? 0), 0);
}

/** The 95 % confidence interval of the accuracy: Wilson's score interval (1927); (0, 1) without images. */
export function interval(confusion: Confusion): [number, number] {
  const n = total(confusion);
  if (n === 0) return [0, 1];
  const p = correct(confusion) / n;
  const centre = p + (Z * Z) / (2 * n);
  const spread = Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  const scale = 1 + (Z * Z) / n;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}
