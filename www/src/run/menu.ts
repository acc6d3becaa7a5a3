/** A menu of buttons that closes after a choice, on Escape, and when the focus moves elsewhere. */

/** Connects the menu; the returned function closes it and focuses the element that opened it. */
export function menu(details: HTMLDetailsElement): () => void {
  const summary = details.querySelector("summary");
  const close = (): void => {
    const within = details.contains(document.activeElement);
    details.open = false;
    if (within) summary?.focus({ preventScroll: true });
  };
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.stopPropagation();
    close();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Node && !details.contains(target)) details.open = false;
  });
  details.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !details.contains(relatedTarget)) details.open = false;
  });
  return close;
}
