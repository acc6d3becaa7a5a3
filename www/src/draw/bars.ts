/** The bars: one row per class, or for the three most probable: the probability as a length and as a number. */
import { el, setText } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import { className } from "../ui/names.js";

/**
 * Fills the list with one bar per probability, labelled with the class names. `top` is the class to highlight; null for
 * none.
 */
export function showBars(
  list: HTMLElement, probabilities: ArrayLike<number>, names: readonly string[], top: number | null,
): void {
  fitRows(list, probabilities.length);
  list.classList.toggle("named", names.length > 0);
  for (let label = 0; label < probabilities.length; label++) {
    const row = list.children[label];
    const share = probabilities[label] ?? 0;
    if (!row) continue;
    row.classList.toggle("leading", label === top);
    fillRow(row, className(names, label), share);
  }
}

/** Fills one row: the name, and the share as a length and as a number, if there is one. */
function fillRow(row: Element, text: string, share: number | null): void {
  const name = row.querySelector<HTMLElement>(".bar-name");
  const fill = row.querySelector<HTMLElement>(".bar-fill");
  const value = row.querySelector<HTMLElement>(".bar-value");
  if (!name || !fill || !value) return;
  showName(name, text);
  fill.style.transform = `scaleX(${Math.min(1, Math.max(0, share ?? 0)).toFixed(4)})`;
  setText(value, share === null ? "" : percent(share));
}

/** Fills the three rows of `list` with the most probable classes, in descending order; null clears them. */
export function showTop(list: HTMLElement, probabilities: ArrayLike<number> | null, names: readonly string[]): void {
  list.classList.toggle("named", names.length > 0);
  const order = Array.from(probabilities ?? [], (_, label) => label)
    .sort((one, other) => (probabilities?.[other] ?? 0) - (probabilities?.[one] ?? 0));
  Array.from(list.children, (row, place) => {
    const label = order[place];
    row.classList.toggle("leading", label !== undefined && place === 0);
    fillRow(row, label === undefined ? "" : className(names, label), label === undefined ? null : (probabilities?.[label] ?? 0));
  });
}

/** A long name may be truncated by the layout: the tooltip shows all of it. */
function showName(element: HTMLElement, name: string): void {
  if (element.textContent === name) return;
  element.textContent = name;
  element.title = name.length > 3 ? name : "";
}

/** Adds or removes rows: a model for other data has other classes. */
function fitRows(list: HTMLElement, rows: number): void {
  while (list.children.length > rows) list.lastElementChild?.remove();
  for (let label = list.children.length; label < rows; label++) {
    const track = el("span", { class: "bar-track", "aria-hidden": "true" }, el("span", { class: "bar-fill" }));
    list.append(el("li", { class: "bar" }, el("span", { class: "bar-name", dir: "auto" }, label), track,
      el("span", { class: "bar-value" })));
  }
}
