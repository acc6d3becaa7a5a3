/** Axis numbers with as many digits as needed to distinguish them. */
import { decimal, exponential, significant } from "./format.js";

/** The scale of an axis. */
export interface Scale {
  /** Shares of 1, shown as percentages. */
  percent: boolean;
  /** Whether the axis is logarithmic. */
  log: boolean;
}

/** Numbers from here on, and steps that need more than `MOST_DECIMALS`, are written with exponents. */
const LARGE = 1e7;
const MOST_DECIMALS = 6;

/** The texts of ticks in order; a tick that is left out (null) has none. */
export function tickTexts(ticks: readonly (number | null)[], { percent, log }: Scale): string[] {
  const values = ticks.map((tick) => (tick === null || !percent ? tick : tick * 100));
  const write = log ? (value: number) => significant(value) : writer(values.filter((value) => value !== null));
  return values.map((value) => (value === null ? "" : `${write(value)}${percent ? " %" : ""}`));
}

/** A formatter for evenly spaced numbers. */
function writer(values: readonly number[]): (value: number) => string {
  const step = Math.min(...values.slice(1).map((value, i) => Math.abs(value - (values[i] ?? 0))).filter((size) => size > 0));
  const most = Math.max(...values.map(Math.abs));
  if (!Number.isFinite(step)) return (value) => significant(value, 4);
  const decimals = decimalsFor(values, step);
  if (most >= LARGE || decimals > MOST_DECIMALS) {
    const digits = Math.max(0, Math.ceil(Math.log10(most / step)));
    return (value) => (value === 0 ? "0" : exponential(value, digits));
  }
  return (value) => decimal(value, decimals);
}

/** The number of decimals that represent all of them, apart from rounding errors. */
function decimalsFor(values: readonly number[], step: number): number {
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
    const unit = 10 ** decimals;
    if (values.every((value) => Math.abs(Math.round(value * unit) / unit - value) < step / 100)) return decimals;
  }
  return MOST_DECIMALS + 1;
}
