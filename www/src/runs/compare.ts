/** Compares the chosen runs: validation curves in one chart, and the settings that differ. */
import type { EpochRow } from "../protocol/engine.js";
import type { RunRecord } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { chart, type Chart, type ChartOptions, type Line } from "../ui/chart.js";
import { token } from "../ui/colour.js";
import { byId, el } from "../ui/dom.js";
import { decimal, percent } from "../ui/format.js";
import { differences, tellingNames } from "./differences.js";

/** The most runs that can be told apart in one chart. */
export const MOST_COMPARED = 6;

const DASHES = [undefined, [8, 4], [2, 3], [12, 4, 2, 4], [5, 5], [16, 4]];

/** Returns a function that shows these runs in one chart. */
export function compare(): (runs: RunRecord[]) => void {
  let shown = "";
  let charts: Chart[] = [];
  return (runs) => {
    byId("runs-compare", HTMLElement).hidden = runs.length === 0;
    const key = JSON.stringify(runs.map(({ id, name }) => [id, name]));
    if (key !== shown) {
      shown = key;
      charts.forEach((chart) => chart.destroy());
      charts = runs.length === 0 ? [] : build(runs);
      showDifferences(runs);
    }
    charts[0]?.set(columns(runs, (row) => row.validation_accuracy));
    charts[1]?.set(columns(runs, (row) => row.validation_loss));
  };
}

/** The colour of the run at an index among the compared ones. */
export function runColour(index: number): string {
  return token(`run-${index + 1}`);
}

function build(runs: RunRecord[]): Chart[] {
  const names = tellingNames(runs);
  const lines = names.map((label, i): Line => {
    const dash = DASHES[i];
    return { label, colour: () => runColour(i), width: 2, ...(dash ? { dash } : {}) };
  });
  const common = { lines, log: false, sync: "runs", place: (x: number) => t("Epoch {epoch}", { epoch: x }) };
  const accuracy: ChartOptions = {
    ...common, title: t("Validation accuracy"), bounds: [0, 1], percent: true,
    format: (value) => percent(value, 2),
  };
  const loss: ChartOptions = {
    ...common, title: t("Validation loss"), bounds: [0, Infinity], percent: false,
    format: (value) => decimal(value, 3),
  };
  return [chart(byId("runs-accuracy", HTMLElement), accuracy), chart(byId("runs-loss", HTMLElement), loss)];
}

/** A column of epochs, then a column for each run. */
function columns(runs: RunRecord[], value: (row: EpochRow) => number | null): [number[], ...(number | null)[][]] {
  const epochs = Math.max(0, ...runs.map((run) => run.history.length));
  const x = Array.from({ length: epochs }, (_, i) => i + 1);
  return [x, ...runs.map((run) => x.map((_, i) => {
    const row = run.history[i];
    return row ? value(row) : null;
  }))];
}

function showDifferences(runs: RunRecord[]): void {
  const rows = differences(runs);
  const table = byId("runs-differences", HTMLTableElement);
  const several = runs.length > 1;
  table.parentElement?.toggleAttribute("hidden", rows.length === 0 || !several);
  byId("runs-differences-title", HTMLElement).hidden = !several;
  byId("runs-same", HTMLElement).hidden = rows.length > 0 || !several;
  const head = [t("Setting"), ...tellingNames(runs)].map((text) => el("th", { scope: "col" }, text));
  table.replaceChildren(
    el("thead", {}, el("tr", {}, ...head)),
    el("tbody", {}, ...rows.map(({ name, values }) =>
      el("tr", {}, el("th", { scope: "row" }, name), ...values.map((value) => el("td", {}, value))))),
  );
}
