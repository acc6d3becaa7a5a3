/** A list of numbers as bars around a zero line. One of them is looked at: by pointing, tapping, or the arrow keys. */
import { sheetOf, type Sheet } from "../how/canvas.js";
import { t } from "../text/language.js";
import { token } from "../ui/colour.js";
import { el, setText } from "../ui/dom.js";
import type { Pick } from "./pick.js";

/** A row of bars, for its owner. */
export interface Row {
  element: HTMLElement;
  /** Shows numbers under a name; `outlines` are drawn as lines over the bars. */
  show(name: string, values: Float32Array, outlines?: Float32Array): void;
}

/** How a row looks and speaks. */
export interface RowStyle {
  pick: Pick;
  /** A colour of base.css. */
  colour: "accent" | "heat-most";
  /** The id of the element with the arithmetic. */
  describedBy: string;
  /** What is said about a number. */
  say(index: number, value: number): string;
}

/** How far the arrow keys and their like go. */
const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -8, PageUp: 8, Home: -Infinity, End: Infinity };

/** Creates a row. */
export function createRow({ pick, colour, describedBy, say }: RowStyle): Row {
  const canvas = el("canvas", { "aria-hidden": "true" });
  const bars = el("div", { class: "attention-bars", role: "slider", tabindex: 0, "aria-valuemin": 1, "aria-describedby": describedBy }, canvas);
  const [title, said] = [el("span"), el("span", { class: "attention-said" })];
  const element = el("div", { class: "attention-row" }, el("p", { class: "attention-row-head small", "aria-hidden": "true" }, title, said), bars);
  let count = 1;
  listen(bars, pick, () => count);
  return {
    element,
    show(name, values, outlines) {
      count = values.length;
      const at = pick.at(count);
      const text = say(at, values[at] ?? 0);
      setText(title, name);
      setText(said, text);
      const state = { "aria-label": name, "aria-valuemax": count, "aria-valuenow": at + 1, "aria-valuetext": text };
      for (const [attribute, value] of Object.entries(state)) bars.setAttribute(attribute, String(value));
      const sheet = sheetOf(canvas);
      if (sheet) paint(sheet, values, at, token(colour), outlines);
    },
  };
}

/** What is said about most numbers. */
export function sayNumber(format: (value: number) => string): RowStyle["say"] {
  return (index, value) => t("number {number}: {value}", { number: index + 1, value: format(value) });
}

function listen(bars: HTMLElement, pick: Pick, count: () => number): void {
  const under = (event: MouseEvent): number => {
    const box = bars.getBoundingClientRect();
    return Math.max(0, Math.min(count() - 1, Math.floor(((event.clientX - box.left) / box.width) * count())));
  };
  bars.addEventListener("pointermove", (event) => {
    // A moving finger scrolls the page; a tap picks.
    if (event.pointerType !== "touch") pick.peek(under(event));
  });
  bars.addEventListener("pointerleave", () => pick.peek(null));
  bars.addEventListener("click", (event) => pick.keep(under(event)));
  bars.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pick.keep(Math.max(0, Math.min(count() - 1, pick.at(count()) + step)));
  });
}

/** The space between bars, as a share of their width. */
const GAP = 0.25;

function paint({ context, width, height }: Sheet, values: Float32Array, at: number, colour: string, outlines?: Float32Array): void {
  const all = [...values, ...(outlines ?? [])];
  const [most, least] = [Math.max(1e-9, ...all), Math.min(0, ...all)];
  // Numbers of both signs have the zero line in the middle.
  const largest = Math.max(most, -least);
  const zero = least < 0 ? height / 2 : height - 1;
  const unit = (least < 0 ? height / 2 - 1 : height - 2) / largest;
  const step = width / values.length;
  const bar = (index: number, value: number): [number, number, number, number] =>
    [(index + GAP / 2) * step, Math.min(zero, zero - value * unit), step * (1 - GAP), Math.abs(value * unit)];
  context.fillStyle = token("line");
  context.fillRect(at * step, 0, step, height);
  context.fillRect(0, Math.round(zero), width, 1);
  context.fillStyle = colour;
  values.forEach((value, index) => context.fillRect(...bar(index, value)));
  context.fillStyle = token("ink");
  outlines?.forEach((value, index) => {
    const [x, y, wide] = bar(index, value);
    context.fillRect(x - (step * GAP) / 2, y - 1, wide + step * GAP, 2);
  });
}
