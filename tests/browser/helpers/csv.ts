/** Text of CSV files as people bring them, good and bad. */
import { gzipSync } from "node:zlib";

/** A file to drop. */
export interface Brought {
  name: string;
  bytes: Buffer;
}

/** How a table is written. */
export interface Dialect {
  header?: boolean;
  labelLast?: boolean;
  separator?: string;
  /** Pixels per side. */
  side?: number;
  /** No label at all. */
  unlabelled?: boolean;
  images?: number;
}

/** A table: each label's image has its own row of ink, so that it can be learned. */
export function table(dialect: Dialect = {}): string {
  const { header = false, labelLast = false, separator = ",", side = 28, unlabelled = false, images = 40 } = dialect;
  const placed = <T>(label: T, pixels: T[]): T[] =>
    unlabelled ? pixels : labelLast ? [...pixels, label] : [label, ...pixels];
  const names = placed("label", Array.from({ length: side * side }, (_, i) => `pixel${i}`));
  const rows = Array.from({ length: images }, (_, image) => {
    const label = image % 10;
    const pixels = Array.from({ length: side * side }, (_, at) => {
      const [row, column] = [Math.floor(at / side), at % side];
      return row % 10 === label ? 255 - ((image * 7 + column) % 50) : 0;
    });
    return placed(String(label), pixels.map(String)).join(separator);
  });
  return [...(header ? [names.join(separator)] : []), ...rows, ""].join("\n");
}

/** The table with one cell replaced; row and column are counted from 1. */
export function withCell(text: string, row: number, column: number, cell: string): string {
  const lines = text.split("\n");
  const cells = (lines[row - 1] ?? "").split(",");
  cells[column - 1] = cell;
  lines[row - 1] = cells.join(",");
  return lines.join("\n");
}

/** A file from its text. */
export function file(name: string, text: string | Buffer): Brought {
  return { name, bytes: Buffer.from(text as string) };
}

/** The file packed with gzip. */
export function packed(name: string, text: string): Brought {
  return { name, bytes: gzipSync(text) };
}
