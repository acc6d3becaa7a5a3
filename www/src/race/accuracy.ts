/** The chart of a race: validation accuracy against time, images or parameters. */
import { t } from "../text/language.js";
import type { Chart } from "../ui/chart.js";
import { el } from "../ui/dom.js";
import { duration, integer, percent, plural } from "../ui/format.js";
import { columns, type RaceAxis, type RaceState } from "./state.js";
import type { RaceTools } from "./tools.js";

/** Curves are told apart without colours, too. */
const DASHES = [undefined, [8, 4], [2, 3], [12, 4, 2, 4]];

const PLACES: Record<RaceAxis, (x: number) => string> = {
  seconds: (x) => t("{time} of training", { time: duration(x) }),
  images: (x) => plural(x, "image"),
  parameters: (x) => t("{count} parameters", { count: integer(x) }),
};

/** The chart with the choice of its axis. */
export interface AccuracyChart {
  element: HTMLElement;
  show(state: RaceState): void;
  end(): void;
}

/** Creates the chart for the contestants of a race. */
export function createAccuracyChart(first: RaceState, tools: RaceTools): AccuracyChart {
  const host = el("div", { class: "chart", id: "race-chart" });
  const axis = el("select", { id: "race-axis" },
    el("option", { value: "seconds" }, t("Time")), el("option", { value: "images" }, t("Images")), el("option", { value: "parameters" }, t("Parameters")));
  let state = first;
  let chart: Chart | null = null;
  let drawn: RaceAxis | null = null;

  const build = (now: RaceAxis): Chart => tools.chart(host, {
    title: t("Validation accuracy"), log: false, percent: true, bounds: [0, 1], place: PLACES[now],
    format: (value) => percent(value),
    length: () => lengthOf(state, now),
    lines: state.racers.map(({ name }, index) => {
      const dash = DASHES[index];
      return { label: name, colour: () => tools.colour(index), width: now === "parameters" ? 4 : 2, ...(dash ? { dash } : {}) };
    }),
  });
  const draw = (): void => {
    const now = axis.value as RaceAxis;
    if (now !== drawn) {
      chart?.destroy();
      chart = build(now);
      drawn = now;
    }
    chart?.set(columns(state.racers, now));
  };
  axis.addEventListener("change", draw);
  return {
    element: el("figure", { class: "chart-card", "aria-label": t("Validation accuracy of the contestants") }, host,
      el("div", { class: "row" }, el("label", { for: "race-axis" }, t("Horizontal axis")), axis)),
    show(now) {
      state = now;
      if (host.isConnected) draw();
    },
    end: () => chart?.destroy(),
  };
}

function lengthOf({ budget, racers }: RaceState, axis: RaceAxis): number {
  if (axis === "parameters") return Math.max(1, ...racers.map(({ parameters }) => 1.1 * (parameters ?? 0)));
  if (axis === "seconds") return budget.type === "seconds" ? budget.seconds : 1;
  return budget.type === "images" ? budget.images : 1;
}
