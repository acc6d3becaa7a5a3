/** Text of CSV files like those of users, good and bad. */
import { gzipSync } from "node:zlib";

/** A file to drop. */
export interface Brought {
  name: string;
  bytes: Buffer;
}

const DIGITS = "0123456789";

/** The format of a table. */
export interface Dialect {
  header?: boolean;
  labelLast?: boolean;
  separator?: string;
  /** Pixels per side. */
  side?: number;
  /** No label at all. */
  unlabelled?: boolean;
  images?: number;
  /** The names of the classes; numbers by default. */
  names?: readonly string[];
  /** Dark ink on a light background. */
  inverted?: boolean;
}

/** A table: the images of each label have ink in a row of their own, so that labels can be learned. */
export function table(dialect: Dialect = {}): string {
  const { header = false, labelLast = false, separator = ",", side = 28, unlabelled = false, images = 40 } = dialect;
  const { names: words = [...DIGITS], inverted = false } = dialect;
  const placed = <T>(label: T, pixels: T[]): T[] =>
    unlabelled ? pixels : labelLast ? [...pixels, label] : [label, ...pixels];
  const names = placed("label", Array.from({ length: side * side }, (_, i) => `pixel${i}`));
  const rows = Array.from({ length: images }, (_, image) => {
    const label = image % words.length;
    const pixels = Array.from({ length: side * side }, (_, at) => {
      const [row, column] = [Math.floor(at / side), at % side];
      const ink = row % 10 === label ? 255 - ((image * 7 + column) % 50) : 0;
      return inverted ? 255 - ink : ink;
    });
    return placed(words[label] ?? "", pixels.map(String)).join(separator);
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

/** A file compressed with gzip. */
export function packed(name: string, text: string): Brought {
  return { name, bytes: gzipSync(text) };
}
