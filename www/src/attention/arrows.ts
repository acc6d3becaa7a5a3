/** The arrow keys among the keys of attention: the class token comes first, then the patches row by row. */

/** The key that an arrow leads to, or the same one at the edge; null for other keys of the keyboard. */
export function neighbour(arrow: string, from: number, columns: number, count: number): number | null {
  const first = count - columns * columns;
  const within = (key: number): number => (key >= 0 && key < count ? key : from);
  if (arrow === "ArrowLeft") return within(from - 1);
  if (arrow === "ArrowRight") return within(from + 1);
  if (arrow === "ArrowDown") return from < first ? within(first) : within(from + columns);
  if (arrow !== "ArrowUp") return null;
  return from >= first && from < first + columns && first > 0 ? 0 : from - columns < first ? from : from - columns;
}
