/** How sure the model is, in words. */
import { percent } from "../ui/format.js";

/**
 * Below this probability, or this far before the second, the page says "not sure".
 * Chosen by eye: the accuracy issue measures how often the model is right at each probability and sets them by that.
 */
const SURE_FROM = 0.6;
const SURE_MARGIN = 0.3;

/** A class with its probability. */
export interface Candidate {
  label: number;
  probability: number;
}

/** What the probabilities say. */
export interface Verdict {
  sure: boolean;
  first: Candidate;
  second: Candidate;
}

/** Reads the probabilities of all classes. */
export function judge(probabilities: ArrayLike<number>): Verdict {
  let first = { label: 0, probability: -1 };
  let second = first;
  for (let label = 0; label < probabilities.length; label++) {
    const probability = probabilities[label] ?? 0;
    if (probability > first.probability) [first, second] = [{ label, probability }, first];
    else if (probability > second.probability) second = { label, probability };
  }
  const sure = first.probability >= SURE_FROM && first.probability - second.probability >= SURE_MARGIN;
  return { sure, first, second };
}

/** The verdict as one line under the answer. */
export function inWords({ sure, first, second }: Verdict): string {
  if (!sure) return `Not sure: a ${named(first)} or a ${named(second)}`;
  return `${strength(first.probability)}: ${shown(first.probability)}`;
}

/** The verdict as a sentence for a screen reader. */
export function spoken(verdict: Verdict): string {
  const { sure, first } = verdict;
  return sure ? `The model reads a ${first.label}. ${inWords(verdict)}.` : `${inWords(verdict)}.`;
}

function named({ label, probability }: Candidate): string {
  return `${label} (${percent(probability, 0)})`;
}

/** A probability is not rounded up to certainty. */
function shown(probability: number): string {
  return probability >= 0.9995 ? `more than ${percent(0.999)}` : percent(probability);
}

function strength(probability: number): string {
  if (probability >= 0.99) return "Almost certain";
  if (probability >= 0.9) return "Very likely";
  return probability >= 0.75 ? "Likely" : "Probably";
}
