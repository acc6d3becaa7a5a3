/** The answer beside the canvas: the class, how sure, the bars, or why there is none. */
import type { Look } from "../protocol/engine.js";
import { byId } from "../ui/dom.js";
import { duration } from "../ui/format.js";
import { showBars } from "./bars.js";
import { inWords, judge } from "./certainty.js";

/** Why there is no answer. */
export type Silence = "empty" | "waiting" | "failed";

/** The part of the page that answers. */
export interface Answer {
  /** Shows what the model made of the drawing. `timed`: say how long it took. */
  look(look: Look, timed: boolean): void;
  /** Shows that there is no answer, and why. */
  silent(why: Silence, words: string): void;
}

/** Finds the parts of the answer. */
export function mountAnswer(): Answer {
  const card = byId("answer", HTMLElement);
  const digit = byId("answer-class", HTMLElement);
  const words = byId("answer-words", HTMLElement);
  const bars = byId("bars", HTMLElement);
  const time = byId("look-time", HTMLElement);
  return {
    look(look, timed) {
      const verdict = judge(look);
      card.dataset.state = verdict.sure ? "sure" : "unsure";
      digit.textContent = verdict.sure ? String(verdict.first.label) : `${verdict.first.label}?`;
      words.textContent = inWords(verdict);
      time.textContent = timed ? ` · ${milliseconds(look.milliseconds)}` : "";
      showBars(bars, look.probabilities, verdict.first.label);
    },
    silent(why, text) {
      card.dataset.state = why;
      digit.textContent = "–";
      words.textContent = text;
      time.textContent = "";
      showBars(bars, new Float32Array(bars.children.length), null);
    },
  };
}

function milliseconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : duration(value / 1000);
}
