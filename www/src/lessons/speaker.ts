/** Says to screen readers what the card asks and answers, without talking all the time. */

/** Milliseconds without another answer: figures may still follow the pen. */
const REST = 900;

/** A voice for one live region. */
export interface Speaker {
  now(text: string): void;
  /** Says the answer of a step once, when it rests; later figures of the same step are to be read in the card. */
  answer(step: string, text: string): void;
}

/** Speaks through a live region. */
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
