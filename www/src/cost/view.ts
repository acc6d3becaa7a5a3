/** Measures full attention and other forms of it against the number of tokens, and shows the result. */
import type { App } from "../app.js";
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import type { Chart } from "../ui/chart.js";
import { byId, el } from "../ui/dom.js";
import { bytes, plural, significant } from "../ui/format.js";
import { type Cost, IMAGES, startMeter } from "./measure.js";
import { settingsOf, subjects, type Subject, times, TOKENS } from "./subjects.js";
import type { CostTools } from "./tools.js";

/** The measurements of a form of attention, by number of tokens. */
interface Row { subject: Subject; costs: Cost[] }

/** Lines are told apart without colours, too. */
const DASHES = [undefined, [8, 4], [2, 3], [12, 4, 2, 4]];

let charts: Chart[] = [];

/** Measures, and shows what is known after each measurement. */
export async function showCost(app: App, tools: CostTools): Promise<void> {
  const state = byId("cost-state", HTMLElement);
  const rows: Row[] = subjects(tools.families).map((subject) => ({ subject, costs: [] }));
  const training = app.last("run")?.state === "running" ? ` ${t("A run is in training: the times are longer than on a machine at rest.")}` : "";
  const parts = build(rows, tools);
  for (const { subject, costs } of rows) {
    const meter = await startMeter(tools);
    try {
      for (const tokens of TOKENS) {
        state.textContent = t("Measuring {attention} attention, {tokens}…", { attention: subject.label, tokens: plural(tokens, "token") }) + training;
        const settings = settingsOf(subject, tokens);
        const { error, cost } = await app.predictor.call("check", { settings });
        if (cost === null) throw error ?? new Error(t("{tokens} cannot be measured", { tokens: plural(tokens, "token") }));
        costs.push(await meter.measure(settings, cost.parameters, tokens));
        parts.show();
      }
    } finally {
      meter.end();
    }
  }
  const words = sentence(rows);
  state.textContent = training.trim();
  parts.conclude(words);
  announce(words);
}

/** Replaces the body: two charts, a table, and a sentence at the end. */
function build(rows: readonly Row[], tools: CostTools): { show(): void; conclude(text: string): void } {
  const hosts = [el("div", { class: "chart" }), el("div", { class: "chart" })] as const;
  const words = el("p", { id: "cost-words" });
  const table = el("table", { id: "cost-table" });
  charts.forEach((chart) => chart.destroy());
  byId("cost-body", HTMLElement).replaceChildren(words,
    el("div", { class: "run-charts" },
      el("figure", { class: "chart-card", "aria-label": t("Time against tokens") }, hosts[0]),
      el("figure", { class: "chart-card", "aria-label": t("Memory against tokens") }, hosts[1])),
    el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("Cost by number of tokens") }, table),
    el("p", { class: "small quiet" }, t("Forward and backward of two blocks of width 64, {count} images of 28×28 pixels at once, on one core of the CPU; the fastest of several. Memory is what the engine took from the browser.", { count: IMAGES })));
  const lines = rows.map(({ subject }, index) => {
    const dash = DASHES[index];
    return { label: subject.label, colour: () => tools.colour(index), width: 2, ...(dash ? { dash } : {}) };
  });
  const common = { lines, log: false, percent: false, bounds: [0, Infinity] as [number, number], place: (x: number) => plural(x, "token"), length: () => 800 };
  charts = [
    tools.chart(hosts[0], { ...common, title: t("ms per image"), format: (value) => significant(value) }),
    tools.chart(hosts[1], { ...common, title: t("Memory, MB"), format: (value) => significant(value) }),
  ];
  const column = (value: (cost: Cost) => number): [number[], ...(number | null)[][]] =>
    [[...TOKENS], ...rows.map(({ costs }) => TOKENS.map((_, place) => (costs[place] ? value(costs[place]) : null)))];
  return {
    show() {
      charts[0]?.set(column(({ milliseconds }) => milliseconds));
      charts[1]?.set(column(({ bytes: taken }) => taken / 1e6));
      table.replaceChildren(...tableOf(rows));
    },
    conclude: (text) => void (words.textContent = text),
  };
}

function tableOf(rows: readonly Row[]): HTMLElement[] {
  const head = [t("Attention"), ...TOKENS.map((tokens) => plural(tokens, "token"))].map((text) => el("th", { scope: "col" }, text));
  const cell = (cost: Cost | undefined): HTMLElement =>
    el("td", {}, cost ? `${significant(cost.milliseconds)} ms, ${bytes(cost.bytes)}` : "–");
  return [
    el("thead", {}, el("tr", {}, ...head)),
    el("tbody", {}, ...rows.map(({ subject, costs }) =>
      el("tr", {}, el("th", { scope: "row" }, subject.label), ...TOKENS.map((_, place) => cell(costs[place]))))),
  ];
}

/** What was found, in a sentence. */
function sentence(rows: readonly Row[]): string {
  const [few = 1, ...rest] = TOKENS;
  const many = rest.at(-1) ?? few;
  const grown = rows.flatMap(({ subject, costs }) => {
    const [first, last] = [costs[0], costs.at(-1)];
    return first && last ? [t("{attention} attention takes {times} as long", { attention: subject.label, times: times(first.milliseconds, last.milliseconds) })] : [];
  });
  return t("With {times} as many tokens ({many} instead of {few}), {grown}.", { times: times(few, many), many, few, grown: grown.join(", ") });
}
