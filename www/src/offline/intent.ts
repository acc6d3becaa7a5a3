/** Notices that a person is about to train: what that takes is fetched and kept then, while it can be had. */

/** Milliseconds that the part stays in view: who only scrolls past does not want it. */
const DWELL_MS = 2000;

/** Calls once when somebody works in this part of the page, or reads it. */
export function onIntent(part: HTMLElement, then: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const meant = (): void => {
    clearTimeout(timer);
    observer.disconnect();
    for (const kind of ["focusin", "pointerdown"]) part.removeEventListener(kind, meant);
    then();
  };
  const observer = new IntersectionObserver((entries) => {
    clearTimeout(timer);
    if (entries.at(-1)?.isIntersecting && !savesData()) timer = setTimeout(meant, DWELL_MS);
  });
  observer.observe(part);
  for (const kind of ["focusin", "pointerdown"]) part.addEventListener(kind, meant);
}

/** Whether the person asked for few downloads. */
function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
