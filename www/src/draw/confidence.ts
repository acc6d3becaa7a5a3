/**
 * The model's confidence in words. The engine decides whether it is sure and whether the drawing looks like a class at all
 * (`crate/confidence.rs`). A percentage is given only where it says how likely the class is.
 */
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

/**
 * What a prediction says: the model is sure of the first class; it hesitates between classes; or the drawing looks like none of
 * them, or like two digits side by side.
 */
export type Certainty = "sure" | "unsure" | "unlike" | "several";

/** What a prediction says, with its two most probable classes. */
export interface Verdict {
  certainty: Certainty;
  first: Candidate;
  second: Candidate;
}

/** Finds the two most probable classes of a prediction; `several`: the drawing has parts that stand apart like digits. */
export function judge({ probabilities, sure, unlike }: Pick<Prediction, "probabilities" | "sure" | "unlike">, several = false): Verdict {
  let first = { label: 0, probability: -1 };
  let second = first;
  for (let label = 0; label < probabilities.length; label++) {
    const probability = probabilities[label] ?? 0;
    if (probability > first.probability) [first, second] = [{ label, probability }, first];
    else if (probability > second.probability) second = { label, probability };
  }
  return { certainty: certaintyOf(sure, unlike, several), first, second };
}

function certaintyOf(sure: boolean, unlike: boolean, several: boolean): Certainty {
  if (sure) return "sure";
  if (several) return "several";
  return unlike ? "unlike" : "unsure";
}

/** The verdict as one line below the answer; `names` are the class names. */
export function inWords({ certainty, first, second }: Verdict, names: readonly string[] = []): string {
  const closest = { class: inSentence(names, first.label) };
  if (certainty === "sure") return strength(first.probability);
  if (certainty === "several") return t("Two at once? Draw one at a time");
  if (certainty === "unlike") return t("Like none that it knows; closest to {class}", closest);
  if (second.probability < WORTH_A_WORD) return t("Not sure: perhaps {class}", closest);
  const named = ({ label, probability }: Candidate): string =>
    t("{class} ({share})", { class: inSentence(names, label), share: percent(probability, 0) });
  return t("Not sure: {first} or {second}", { first: named(first), second: named(second) });
}

/** The verdict as a sentence for a screen reader. */
export function spoken(verdict: Verdict, names: readonly string[] = []): string {
  const { certainty, first } = verdict;
  const words = inWords(verdict, names);
  return certainty === "sure" ? t("The model predicts {class}. {words}.", { class: inSentence(names, first.label), words }) : `${words}.`;
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
