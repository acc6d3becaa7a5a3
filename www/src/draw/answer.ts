/** The answer beside the canvas: the class, the confidence, the bars, or why there is none. */
import type { Prediction } from "../protocol/engine.js";
import { byId } from "../ui/dom.js";
import { decimal, duration } from "../ui/format.js";
import { className } from "../ui/names.js";
import { showBars, showTop } from "./bars.js";
import { inWords, type Verdict } from "./confidence.js";

/** Why there is no answer. */
export type Silence = "empty" | "waiting" | "failed";

/** The part of the page that shows the answer. */
export interface Answer {
  /** Shows a prediction and what it says; `names` are the class names. `timed`: show how long it took. */
  show(prediction: Prediction, verdict: Verdict, names: readonly string[], timed: boolean): void;
  /** Shows that there is no answer, and why. */
  silent(why: Silence, words: string): void;
}

/** Finds the parts of the answer. */
export function mountAnswer(): Answer {
  const card = byId("answer", HTMLElement);
  const digit = byId("answer-class", HTMLElement);
  const words = byId("answer-words", HTMLElement);
  const bars = byId("bars", HTMLElement);
  const top = byId("top", HTMLElement);
  const time = byId("look-time", HTMLElement);
  return {
    show(prediction, verdict, names, timed) {
      const { certainty } = verdict;
      card.dataset.state = certainty;
      const name = className(names, verdict.first.label);
      const none = certainty === "several";
      digit.textContent = none ? "?" : certainty === "sure" ? name : `${name}?`;
      digit.dataset.size = none ? "digit" : sizeOf(name);
      words.textContent = inWords(verdict, names);
      time.textContent = timed ? ` · ${milliseconds(prediction.milliseconds)}` : "";
      showTop(top, prediction.probabilities, names);
      showBars(bars, prediction.probabilities, names, verdict.first.label);
    },
    silent(why, text) {
      card.dataset.state = why;
      digit.textContent = "–";
      digit.dataset.size = "digit";
      words.textContent = text;
      time.textContent = "";
      showTop(top, null, []);
      const names = Array.from(bars.querySelectorAll(".bar-name"), ({ textContent }) => textContent ?? "");
      showBars(bars, new Float32Array(names.length), bars.classList.contains("named") ? names : [], null);
    },
  };
}

/** The size of the answer: a single character is large; a word must leave room for the text beside it. */
function sizeOf(name: string): "digit" | "word" | "words" {
  if (name.length <= 2) return "digit";
  return name.length <= 8 ? "word" : "words";
}

function milliseconds(value: number): string {
  return value < 10 ? `${decimal(value, 1)} ms` : duration(value / 1000);
}
