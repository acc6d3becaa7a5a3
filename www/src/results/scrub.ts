/** The slider over the kept epochs of a run, with buttons to play, and for the best and the newest. */
import type { RunRecord } from "../protocol/messages.js";
import { bestRow } from "../store/history.js";
import { t } from "../text/language.js";
import { byId } from "../ui/dom.js";

/** How long each epoch is shown while playing, in milliseconds. */
const BEAT = 900;

/** The slider. `null` stands for the newest epoch, whatever its number. */
export interface Scrub {
  /** Sets the run whose epochs can be chosen. */
  setRun(run: RunRecord): void;
  /** Returns to the newest epoch. */
  reset(): void;
}

/** Connects the slider; `choose` is called with the chosen epoch. */
export function scrub(choose: (epoch: number | null) => void): Scrub {
  const slider = byId("results-epoch", HTMLInputElement);
  const play = byId("results-play", HTMLButtonElement);
  const newest = byId("results-newest", HTMLButtonElement);
  const best = byId("results-best", HTMLButtonElement);
  let run: RunRecord | null = null;
  let epoch: number | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;

  const epochs = (): number[] => run?.epochs ?? [];
  const last = (): number => Math.max(0, epochs().length - 1);
  const show = (): void => {
    slider.max = String(last());
    slider.disabled = epochs().length < 2;
    play.disabled = epochs().length < 2;
    const place = epoch === null ? last() : Math.max(0, epochs().indexOf(epoch));
    slider.value = String(place);
    const shown = epochs()[place];
    const text = shown === undefined ? "–" : t("{epoch} of {epochs}{best}", { epoch: shown, epochs: run?.settings.train.epochs ?? shown, best: mark(shown) });
    byId("results-epoch-text", HTMLOutputElement).textContent = text;
    slider.setAttribute("aria-valuetext", text);
    newest.setAttribute("aria-pressed", String(epoch === null));
    best.disabled = bestKept() === null;
  };
  const mark = (shown: number): string => (shown === bestKept() ? t(", the best") : "");
  const bestKept = (): number | null => {
    const found = bestRow(run?.history ?? [])?.epoch ?? null;
    return found !== null && epochs().includes(found) ? found : null;
  };
  const go = (to: number | null): void => {
    epoch = to;
    show();
    choose(to);
  };
  const goTo = (place: number): void => go(place >= last() ? null : (epochs()[place] ?? null));
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = t("Play");
    play.setAttribute("aria-pressed", "false");
  };
  const beat = (): void => {
    const place = Number(slider.value) + 1;
    goTo(place);
    if (place >= last()) stop();
  };
  play.addEventListener("click", () => {
    if (timer !== undefined) return stop();
    play.textContent = t("Stop");
    play.setAttribute("aria-pressed", "true");
    if (Number(slider.value) >= last()) goTo(0);
    timer = setInterval(beat, BEAT);
  });
  slider.addEventListener("input", () => {
    stop();
    goTo(Number(slider.value));
  });
  newest.addEventListener("click", () => {
    stop();
    go(null);
  });
  best.addEventListener("click", () => {
    stop();
    go(bestKept());
  });
  return {
    setRun(record) {
      run = record;
      show();
    },
    reset() {
      stop();
      epoch = null;
      show();
    },
  };
}
