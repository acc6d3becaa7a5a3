/** Keeps things where a person looks at them and points at them. */

/**
 * Keeps an element in its place on the screen while what stands above it grows or shrinks. Most browsers do so
 * themselves (scroll anchoring); WebKit does not.
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
    // Told between layout and paint: nobody sees it move.
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

/** Tells the styles how high the header is, which stays on the screen: what a link leads to must not lie behind it. */
export function measureHeader(header: HTMLElement): void {
  const tell = (): void => document.documentElement.style.setProperty("--header", `${header.offsetHeight}px`);
  new ResizeObserver(tell).observe(header);
  tell();
}
