/** Keeps elements where the user is looking or pointing. */

/**
 * Keeps an element in its place on the screen while content above it grows or shrinks. Most browsers do so themselves
 * (scroll anchoring); WebKit does not.
 */
export function keepInPlace(element: HTMLElement, above: Iterable<Element>): void {
  let top = 0;
  let height = 0;
  const note = (): void => {
    ({ top, height } = element.getBoundingClientRect());
  };
  const mend = (): void => {
    const seen = top > -height && top < innerHeight;
    const moved = element.getBoundingClientRect().top - top;
    // Runs between layout and paint, so that the move is invisible.
    if (seen && moved !== 0 && !anchorsItself()) scrollBy({ top: moved, behavior: "instant" });
    note();
  };
  const observer = new ResizeObserver(mend);
  for (const one of above) observer.observe(one);
  document.addEventListener("scroll", note, { passive: true });
}

function anchorsItself(): boolean {
  return getComputedStyle(document.documentElement).getPropertyValue("overflow-anchor") === "auto";
}

/** Tells the styles the height of the sticky header, so that link targets are not hidden behind it. */
export function measureHeader(header: HTMLElement): void {
  const tell = (): void => document.documentElement.style.setProperty("--header", `${header.offsetHeight}px`);
  new ResizeObserver(tell).observe(header);
  tell();
}
