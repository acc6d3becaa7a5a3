/** Announces the card's tasks and answers to screen readers without speaking all the time. */

/** How long an answer must stay unchanged, in milliseconds: figures may still follow the pen. */
const REST = 900;

/** Announcements for one live region. */
export interface Speaker {
  now(text: string): void;
  /**
   * Announces the answer of a step once, when it stays unchanged; later figures of the same step can be read in the
   * card.
   */
  answer(step: string, text: string): void;
}

/** Announces through a live region. */
export function createSpeaker(region: HTMLElement): Speaker {
  let said = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const now = (text: string): void => {
    clearTimeout(timer);
    region.textContent = text;
  };
  return {
    now,
    answer(step, text) {
      if (step === said) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        said = step;
        now(text);
      }, REST);
    },
  };
}
