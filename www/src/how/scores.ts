/** Logits and probabilities of the classes, as a table. */
import type { Prediction } from "../protocol/engine.js";
import { byId, el } from "../ui/dom.js";
import { decimal, percent } from "../ui/format.js";
import { className } from "../ui/names.js";

interface Row {
  element: HTMLTableRowElement;
  name: HTMLElement;
  bar: HTMLElement;
  logit: HTMLElement;
  probability: HTMLElement;
}

/** A lower bound: a probability that underflowed to 0 has no finite logit. */
const LEAST = 1e-30;

/** Finds the table; the returned function fills it from a prediction. */
export function createScores(): (prediction: Prediction, names: readonly string[]) => void {
  const body = byId("how-scores", HTMLTableSectionElement);
  let rows: Row[] = [];
  return ({ probabilities }, names) => {
    if (rows.length !== probabilities.length) {
      rows = Array.from(probabilities, () => createRow());
      body.replaceChildren(...rows.map(({ element }) => element));
    }
    body.closest("table")?.classList.toggle("named", names.length > 0);
    const logits = logitsOf(probabilities);
    const largest = logits.reduce((most, logit) => Math.max(most, Math.abs(logit)), 1e-9);
    const first = probabilities.indexOf(Math.max(...probabilities));
    rows.forEach((row, i) => {
      showName(row.name, className(names, i));
      fillRow(row, logits[i] ?? 0, largest, probabilities[i] ?? 0);
      row.element.classList.toggle("first", i === first);
    });
  };
}

/** Logits from probabilities, up to a constant: here their mean is 0. */
export function logitsOf(probabilities: Float32Array): number[] {
  const logs = Array.from(probabilities, (probability) => Math.log(Math.max(probability, LEAST)));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return logs.map((log) => log - mean);
}

function createRow(): Row {
  const name = el("bdi");
  const bar = el("i");
  const logit = el("td");
  const probability = el("td");
  const track = el("td", {}, el("span", { class: "how-logit", "aria-hidden": "true" }, bar));
  const element = el("tr", {}, el("th", { scope: "row" }, name), track, logit, probability);
  return { element, name, bar, logit, probability };
}

function showName(element: HTMLElement, name: string): void {
  if (element.textContent === name) return;
  element.textContent = element.title = name;
}

function fillRow(row: Row, logit: number, largest: number, probability: number): void {
  const length = 50 * Math.abs(logit / largest);
  row.bar.style.left = `${logit < 0 ? 50 - length : 50}%`;
  row.bar.style.width = `${length}%`;
  row.logit.textContent = decimal(logit, 1);
  row.probability.textContent = percent(probability);
}
