/** Images per class as bars, and the same as a table. */
import type { DataState } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { integer, plural } from "../ui/format.js";
import { classCounts, type ClassCounts } from "./classes.js";

/** From this many classes on, only some bars are labelled. */
const MOST_NAMES = 20;
/** Longer names are written vertically below their bars. */
const SHORT = 3;

/** Shows the images per class. */
export function showClasses(state: DataState): void {
  const counts = classCounts(state);
  const most = Math.max(1, ...counts.map(total));
  const bars = byId("data-histogram", HTMLElement);
  const every = Math.ceil(counts.length / MOST_NAMES);
  bars.replaceChildren(...counts.map((count, label) => bar(count, most, label % every === 0)));
  bars.classList.toggle("many", counts.length > MOST_NAMES);
  bars.classList.toggle("worded", counts.some(({ name }) => name.length > SHORT));
  bars.setAttribute("aria-label", t("Images per class: {spread}. The table below has the numbers.", { spread: spread(counts) }));
  byId("data-table", HTMLTableElement).tBodies[0]?.replaceChildren(...counts.map(tableRow));
}

function total({ train, validation, test }: ClassCounts): number {
  return train + validation + test;
}

function spread(counts: ClassCounts[]): string {
  const totals = counts.map(total);
  const [least, most] = [Math.min(...totals), Math.max(...totals)];
  const images = least === most ? integer(most) : t("{least} to {most}", { least: integer(least), most: integer(most) });
  return t("{classes} of {images} images", { classes: plural(counts.length, "class"), images });
}

function bar(count: ClassCounts, most: number, named: boolean): HTMLElement {
  const piece = (kind: keyof Omit<ClassCounts, "name">): HTMLElement => {
    const element = el("span", { class: `piece ${kind}` });
    element.style.height = `${(100 * count[kind]) / most}%`;
    return element;
  };
  const stack = el("span", { class: "stack" }, piece("test"), piece("validation"), piece("train"));
  return el("span", { class: "bar", title: `${titleOf(count.name)}: ${plural(total(count), "image")}` }, stack,
    el("span", { class: "name" }, named ? el("bdi", {}, count.name) : "\u00a0"));
}

function titleOf(name: string): string {
  return /^\d+$/.test(name) ? t("Class {name}", { name }) : name;
}

function tableRow(count: ClassCounts): HTMLTableRowElement {
  const cells = [count.train, count.validation, count.test].map((value) => el("td", {}, integer(value)));
  return el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, count.name)), ...cells);
}
