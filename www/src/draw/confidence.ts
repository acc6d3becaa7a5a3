/** The model's confidence in words. The engine decides whether it is sure (`crate/confidence.rs`). */
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { percent } from "../ui/format.js";
import { inSentence } from "../ui/names.js";

/** From this probability on, a second class is mentioned. */
const WORTH_A_WORD = 0.1;

/** A class with its probability. */
export interface Candidate {
  label: number;
  probability: number;
}

/** What a prediction says. */
export interface Verdict {
  sure: boolean;
  first: Candidate;
  second: Candidate;
}

/** Finds the two most probable classes of a prediction. */
export function judge({ probabilities, sure }: Pick<Prediction, "probabilities" | "sure">): Verdict {
  let first = { label: 0, probability: -1 };
  let second = first;
  for (let label = 0; label < probabilities.length; label++) {
    const probability = probabilities[label] ?? 0;
    if (probability > first.probability) [first, second] = [{ label, probability }, first];
    else if (probability > second.probability) second = { label, probability };
  }
  return { sure, first, second };
}

/** The verdict as one line below the answer; `names` are the class names. */
export function inWords({ sure, first, second }: Verdict, names: readonly string[] = []): string {
  if (sure) return strength(first.probability);
  // Unlike every class, but closest to one.
  if (second.probability < WORTH_A_WORD) return t("Not sure: closest to {class}", { class: inSentence(names, first.label) });
  const named = ({ label, probability }: Candidate): string =>
    t("{class} ({share})", { class: inSentence(names, label), share: percent(probability, 0) });
  return t("Not sure: {first} or {second}", { first: named(first), second: named(second) });
}

/** The verdict as a sentence for a screen reader. */
export function spoken(verdict: Verdict, names: readonly string[] = []): string {
  const { sure, first } = verdict;
  const words = inWords(verdict, names);
  return sure ? t("The model predicts {class}. {words}.", { class: inSentence(names, first.label), words }) : `${words}.`;
}

/** A probability as text, never rounded up to certainty. */
function shown(probability: number): string {
  return probability >= 0.9995 ? t("more than {share}", { share: percent(0.999) }) : percent(probability);
}

function strength(probability: number): string {
  const share = shown(probability);
  if (probability >= 0.99) return t("Almost certain: {share}", { share });
  if (probability >= 0.9) return t("Very likely: {share}", { share });
  return t(probability >= 0.75 ? "Likely: {share}" : "Probably: {share}", { share });
}
