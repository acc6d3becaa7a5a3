/** The bars: one row for each class, its probability as a length and as a number. */
import { el } from "../ui/dom.js";
import { percent } from "../ui/format.js";

/** Fills the list with one bar for each probability; `top` is the class to stress (null: none). */
export function showBars(list: HTMLElement, probabilities: ArrayLike<number>, top: number | null): void {
  fitRows(list, probabilities.length);
  for (let label = 0; label < probabilities.length; label++) {
    const row = list.children[label];
    const share = probabilities[label] ?? 0;
    const fill = row?.querySelector<HTMLElement>(".bar-fill");
    const value = row?.querySelector<HTMLElement>(".bar-value");
    if (!row || !fill || !value) continue;
    row.classList.toggle("leading", label === top);
    fill.style.transform = `scaleX(${Math.min(1, Math.max(0, share)).toFixed(4)})`;
    const text = percent(share);
    if (value.textContent !== text) value.textContent = text;
  }
}

/** Adds or takes rows: a model of other data has other classes. */
function fitRows(list: HTMLElement, rows: number): void {
  while (list.children.length > rows) list.lastElementChild?.remove();
  for (let label = list.children.length; label < rows; label++) {
    const track = el("span", { class: "bar-track", "aria-hidden": "true" }, el("span", { class: "bar-fill" }));
    list.append(el("li", { class: "bar" }, el("span", { class: "bar-name" }, label), track,
      el("span", { class: "bar-value" })));
  }
}
