/** Notices that the user is about to train, so that the needed files are fetched and cached while they are available. */

/** Milliseconds that the section must stay in view, to ignore users who scroll past. */
const DWELL_MS = 2000;

/** Calls `then` once when the user interacts with this section of the page, or stays on it. */
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

/** Whether the user asked to save data. */
export function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
