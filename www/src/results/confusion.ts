/** The confusion matrix as a table with arrow-key navigation. */
import type { Confusion } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { onColoursChange, token } from "../ui/colour.js";
import { el, setText, type Child } from "../ui/dom.js";
import { integer, percent } from "../ui/format.js";
import { className } from "../ui/names.js";
import { bytesOf, scale, shade, type Colour } from "./shade.js";

/** This many classes fit on a phone. */
const FEW_CLASSES = 12;
/** With more classes, a list of the most frequent mistakes is shown instead: a table would be unreadable. */
const MOST_CLASSES = 36;
/** The most kinds of mistake in that list. */
const LISTED = 60;

/** A cell of the matrix: the images with this label and prediction. */
export interface Cell { label: number; prediction: number }

/** The matrix on the page. */
export interface Matrix {
  show(confusion: Confusion, names: readonly string[], selected: Cell | null): void;
}

/** Puts the matrix into `host` and its scale into `legend`; `choose` is called with the cell that the user selects. */
export function matrix(host: HTMLElement, legend: HTMLElement, choose: (cell: Cell) => void): Matrix {
  let table: (Table & { key: string }) | null = null;
  let last: Parameters<Matrix["show"]> | null = null;
  let colours = colourPair();
  const show: Matrix["show"] = (confusion, given, selected) => {
    last = [confusion, given, selected];
    const names = confusion.map((_, label) => className(given, label));
    if (confusion.length > MOST_CLASSES) {
      table = null;
      legend.textContent = t("The {count} most frequent mistakes.", { count: LISTED });
      return host.replaceChildren(list(confusion, names, choose));
    }
    const key = names.join("\n");
    if (table?.key !== key) {
      table = { key, ...build(names, choose) };
      host.replaceChildren(table.element);
    }
    const worst = worstShare(confusion);
    fill(table, confusion, names, { worst, colours }, selected);
    showLegend(legend, worst, colours);
  };
  onColoursChange(() => {
    colours = colourPair();
    if (last) show(...last);
  });
  return { show };
}

/** The card's background, and the colour for mistakes on it. */
interface Colours { card: Colour; ink: Colour }

function colourPair(): Colours {
  return { card: bytesOf(token("card")), ink: bytesOf(token("bad")) };
}

interface Table { element: HTMLTableElement; cells: HTMLTableCellElement[][]; recall: HTMLTableCellElement[] }

function build(names: string[], choose: (cell: Cell) => void): Table {
  const cells = names.map((_, label) => names.map((__, prediction) => el("td", {
    role: "gridcell", tabindex: label + prediction === 0 ? 0 : -1, "data-label": label, "data-prediction": prediction,
  })));
  const recall = names.map(() => el("td", { class: "confusion-recall", role: "gridcell" }));
  const column = (text: Child, kind = ""): HTMLTableCellElement =>
    el("th", { scope: "col", role: "columnheader", class: kind }, text);
  const head = el("tr", { role: "row" },
    column(el("span", { class: "visually-hidden" }, t("Label"))), ...names.map((name) => column(headOf(name))),
    column(t("right"), "confusion-recall"));
  const rows = cells.map((row, label) => el("tr", { role: "row" },
    el("th", { scope: "row", role: "rowheader" }, headOf(names[label] ?? "")), ...row, recall[label]));
  const name = t("Confusion matrix: rows are labels, columns are predictions");
  const worded = names.some((one) => one.length > 3);
  const kind = worded ? "confusion worded" : names.length <= FEW_CLASSES ? "confusion compact" : "confusion";
  const element = el("table", { class: kind, role: "grid", "aria-label": name },
    el("thead", { role: "rowgroup" }, head), el("tbody", { role: "rowgroup" }, ...rows));
  listen(element, cells, choose);
  return { element, cells, recall };
}

/** A name at the edge of the matrix; a long one may be truncated by the layout. */
function headOf(name: string): HTMLElement {
  return el("bdi", { class: "confusion-name", title: name.length > 3 ? name : null }, name);
}

function listen(element: HTMLTableElement, cells: HTMLTableCellElement[][], choose: (cell: Cell) => void): void {
  const pick = (target: EventTarget | null): HTMLTableCellElement | null =>
    target instanceof HTMLElement ? target.closest<HTMLTableCellElement>("td[data-label]") : null;
  element.addEventListener("click", (event) => {
    const cell = pick(event.target);
    if (cell) choose(placeOf(cell));
  });
  element.addEventListener("focusin", (event) => {
    const cell = pick(event.target);
    if (!cell) return;
    for (const row of cells) for (const other of row) other.tabIndex = other === cell ? 0 : -1;
  });
  element.addEventListener("keydown", (event) => {
    const cell = pick(event.target);
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") choose(placeOf(cell));
    else if (!walk(cells, placeOf(cell), event.key)) return;
    event.preventDefault();
  });
}

function placeOf(cell: HTMLTableCellElement): Cell {
  return { label: Number(cell.dataset["label"]), prediction: Number(cell.dataset["prediction"]) };
}

function walk(cells: HTMLTableCellElement[][], { label, prediction }: Cell, key: string): boolean {
  const steps: Record<string, [number, number]> = {
    ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
    Home: [0, -prediction], End: [0, cells.length - 1 - prediction],
  };
  const step = steps[key];
  if (!step) return false;
  cells[label + step[0]]?.[prediction + step[1]]?.focus();
  return true;
}

/** The largest share of a row that one kind of mistake has. */
function worstShare(confusion: Confusion): number {
  let worst = 0;
  confusion.forEach((row, label) => {
    const support = sum(row);
    row.forEach((count, prediction) => {
      if (prediction !== label && support > 0) worst = Math.max(worst, count / support);
    });
  });
  return worst;
}

function fill(
  { cells, recall }: Table, confusion: Confusion, names: string[],
  { worst, colours }: { worst: number; colours: Colours }, selected: Cell | null,
): void {
  confusion.forEach((row, label) => {
    const support = sum(row);
    row.forEach((count, prediction) => {
      const cell = cells[label]?.[prediction];
      if (!cell) return;
      const chosen = selected?.label === label && selected.prediction === prediction;
      // Most cells do not change between epochs, and each change makes the browser recompute the layout.
      setText(cell, String(count));
      cell.className = label === prediction ? "diagonal" : count === 0 ? "none" : "";
      cell.setAttribute("aria-selected", String(chosen));
      cell.title = t("{label} predicted as {prediction}: {count} of {total}", {
        label: names[label] ?? "", prediction: names[prediction] ?? "", count: integer(count), total: integer(support),
      });
      paint(cell, label !== prediction && count > 0 && worst > 0 ? count / support / worst : null, colours);
    });
    const right = recall[label];
    if (right) right.textContent = support > 0 ? percent((row[label] ?? 0) / support) : "–";
  });
}

function paint(cell: HTMLElement, share: number | null, { card, ink }: Colours): void {
  const found = share === null ? null : shade(share, card, ink);
  cell.style.backgroundColor = found?.background ?? "";
  cell.style.color = found?.text ?? "";
}

function showLegend(legend: HTMLElement, worst: number, { card, ink }: Colours): void {
  if (worst === 0) {
    legend.textContent = t("No mistakes.");
    return;
  }
  const bar = el("span", { class: "confusion-scale", "aria-hidden": "true" });
  bar.style.backgroundImage = scale(card, ink);
  legend.replaceChildren(`${t("Mistakes as a share of their row: {none}", { none: percent(0, 0) })} `, bar, ` ${percent(worst)}`);
}

function sum(row: number[]): number {
  return row.reduce((a, b) => a + b, 0);
}

function list(confusion: Confusion, names: string[], choose: (cell: Cell) => void): HTMLTableElement {
  const mistakes = confusion.flatMap((row, label) => row.map((count, prediction) => ({ label, prediction, count })));
  const worst = mistakes.filter(({ label, prediction, count }) => count > 0 && label !== prediction)
    .sort((a, b) => b.count - a.count).slice(0, LISTED);
  const head = [t("Label"), t("Prediction"), t("Images")].map((text) => el("th", { scope: "col" }, text));
  const rows = worst.map(({ label, prediction, count }) => {
    const onclick = (): void => choose({ label, prediction });
    const show = el("button", { type: "button", onclick }, t("{count}: show", { count: integer(count) }));
    return el("tr", {}, el("td", {}, el("bdi", {}, names[label])), el("td", {}, el("bdi", {}, names[prediction])),
      el("td", {}, show));
  });
  return el("table", { class: "confusion-list" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
}
