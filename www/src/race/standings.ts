/** The contestants side by side: what each reads in the drawing, how accurate it is, how far it is. */
import { t } from "../text/language.js";
import { el } from "../ui/dom.js";
import { duration, errorSentence, integer, percent, plural } from "../ui/format.js";
import type { Reading } from "./readings.js";
import type { Racer, RaceState } from "./state.js";
import type { RaceTools } from "./tools.js";

/** What can be done with a contestant. */
export interface RacerActions {
  use(index: number): void;
  save(index: number): void;
}

/** The list of contestants. */
export interface Standings {
  element: HTMLElement;
  show(state: RaceState): void;
  read(index: number, reading: Reading | null): void;
  /** Its weights are here: it can be used and saved. */
  ready(index: number): void;
}

/** Creates the list for the contestants of a race. */
export function createStandings(state: RaceState, tools: RaceTools, actions: RacerActions): Standings {
  const rows = state.racers.map((racer, index) => createRow(racer, index, tools, actions));
  return {
    element: el("ul", { class: "race-racers", "aria-label": t("Contestants") }, ...rows.map(({ element }) => element)),
    show(now) {
      const most = Math.max(1, ...now.racers.map(({ parameters }) => parameters ?? 0));
      now.racers.forEach((racer, index) => rows[index]?.show(racer, most, now.ranking.indexOf(index)));
    },
    read: (index, reading) => rows[index]?.read(reading),
    ready: (index) => rows[index]?.ready(),
  };
}

interface Row {
  element: HTMLElement;
  show(racer: Racer, most: number, place: number): void;
  read(reading: Reading | null): void;
  ready(): void;
}

function createRow({ name }: Racer, index: number, tools: RaceTools, actions: RacerActions): Row {
  const swatch = el("span", { class: "race-swatch" });
  const place = el("span", { class: "race-place small" });
  const digit = el("span", { class: "race-digit" }, "–");
  const share = el("span", { class: "small quiet" }, t("Draw on the canvas"));
  const accuracy = el("dd", {}, "–");
  const trained = el("dd", {}, "–");
  const parameters = el("dd", {}, "–");
  const size = el("span", { class: "race-size", "aria-hidden": "true" });
  const bar = el("progress", { max: 1, value: 0, "aria-label": t("Budget used by {name}", { name }) });
  const problem = el("p", { class: "race-problem small", hidden: true });
  const use = el("button", { type: "button", disabled: true, "aria-label": t("Use {name} on the canvas", { name }), onclick: () => actions.use(index) }, t("Use"));
  const save = el("button", { type: "button", disabled: true, "aria-label": t("Save the model {name}", { name }), onclick: () => actions.save(index) }, t("Save"));
  const element = el("li", { class: "race-racer" },
    el("p", { class: "race-name" }, swatch, el("strong", {}, name), place),
    el("p", { class: "race-reading" }, digit, share),
    el("dl", { class: "race-figures" },
      el("div", {}, el("dt", {}, t("Validation")), accuracy),
      el("div", {}, el("dt", {}, t("Trained")), trained),
      el("div", {}, el("dt", {}, t("Parameters")), parameters, size)),
    bar, problem, el("div", { class: "row" }, use, save));
  return {
    element,
    show(racer, most, at) {
      swatch.style.backgroundColor = tools.colour(index);
      place.textContent = at === 0 ? t("first") : at > 0 ? t("place {number}", { number: at + 1 }) : "";
      element.classList.toggle("race-first", at === 0);
      accuracy.textContent = percent(racer.points.at(-1)?.accuracy ?? NaN);
      trained.textContent = racer.images > 0 ? `${duration(racer.seconds)}, ${plural(racer.images, "image")}` : "–";
      parameters.firstChild?.replaceWith(racer.parameters === null ? "–" : integer(racer.parameters));
      size.style.width = `${(100 * (racer.parameters ?? 0)) / most}%`;
      bar.value = Math.min(1, racer.ended ? 1 : racer.share);
      problem.hidden = racer.error === null;
      problem.textContent = racer.error === null ? "" : errorSentence(racer.error);
    },
    read(reading) {
      digit.textContent = reading === null ? "–" : (reading.name ?? String(reading.label));
      share.textContent = reading === null ? t("Draw on the canvas") : percent(reading.share, 0);
    },
    ready() {
      use.disabled = save.disabled = false;
    },
  };
}
