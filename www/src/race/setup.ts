/** The race's form: who races, and for how long. */
import type { App } from "../app.js";
import type { RaceBudget, RunSettings } from "../protocol/engine.js";
import type { RaceSetup } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { el } from "../ui/dom.js";
import { duration, integer, plural } from "../ui/format.js";
import type { RaceTools } from "./tools.js";

/** How many contestants there may be. */
const LEAST = 2;
const MOST = 4;
/** Chosen at first: a plain transformer, one that attends in windows, one whose attention is linear. */
const FIRST: readonly string[] = ["tiny", "swin", "linear"];
/** The contestant with the settings above. */
const OWN = "";
/** Measuring and validating take about this much more than training. */
const OVERHEAD = 1.3;

/** The form. */
export interface Setup {
  element: HTMLElement;
  /** The chosen race. */
  read(): Promise<RaceSetup>;
  enable(on: boolean): void;
  /** A line below the button. */
  say(text: string): void;
}

/** Creates the form; `start` is called when its button is pressed. */
export function createSetup(app: App, tools: RaceTools, start: () => void): Setup {
  const boxes = [
    ...tools.families.flatMap((family) => family.presets.map(({ name, parameters }) =>
      box(name, name, t("{count} parameters", { count: integer(parameters) }), tools.picture(family.name)))),
    box(OWN, t("settings above"), t("your own"), null),
  ];
  const amount = el("input", { id: "race-amount", type: "number", inputmode: "numeric", min: 1, step: 1, value: 30 });
  const unit = el("select", { id: "race-unit" },
    el("option", { value: "seconds" }, t("seconds of training")), el("option", { value: "images" }, t("training images")));
  const button = el("button", { type: "button", class: "primary", id: "race-start", onclick: () => start() }, t("Start the race"));
  const note = el("p", { id: "race-note", class: "small quiet", role: "status" });
  const fields = el("fieldset", { class: "bare race-boxes" }, el("legend", { class: "visually-hidden" }, t("Who races")), ...boxes);
  const names = el("span", { class: "fold-now" });
  // Closed while a race goes on, so that it is near the canvas on a phone.
  const fold = el("details", { class: "race-fold", open: true }, el("summary", {}, `${t("Who races: two to four")} `, names), fields);

  const chosen = (): string[] => boxes.map(inputOf).filter(({ checked }) => checked).map(({ value }) => value);
  const budget = (): RaceBudget => {
    const value = Math.max(1, Number(amount.value) || 0);
    return unit.value === "images" ? { type: "images", images: Math.round(value) } : { type: "seconds", seconds: value };
  };
  const refresh = (): void => {
    const count = chosen().length;
    button.disabled = count < LEAST || count > MOST;
    for (const one of boxes.map(inputOf)) one.disabled = count >= MOST && !one.checked;
    names.textContent = chosen().map((name) => name || t("settings above")).join(", ");
    note.textContent = count < LEAST ? t("Choose at least {count}.", { count: LEAST }) : lengthOf(budget(), count);
  };
  for (const input of boxes.map(inputOf)) input.checked = FIRST.includes(input.value);
  fields.addEventListener("change", refresh);
  unit.addEventListener("change", () => {
    amount.value = unit.value === "images" ? "20000" : "30";
    refresh();
  });
  amount.addEventListener("input", refresh);
  refresh();

  const contestant = async (name: string): Promise<RaceSetup["contestants"][number]> => {
    if (name === OWN) {
      const own = app.last("settings");
      if (own === undefined) throw new Error(t("The settings are not loaded yet. Try again in a moment."));
      if (!own.valid) throw own.error ?? new Error(t("The settings above are not possible. Change them first."));
      return entered(t("your {preset}", { preset: own.preset }), own.preset, withoutTeacher(own.settings));
    }
    const preset = (await tools.presets()).find((one) => one.name === name);
    if (preset === undefined) throw new Error(t("There is no preset {name}. Reload the page.", { name }));
    return entered(name, name, { model: preset.model, train: preset.train });
  };

  return {
    element: el("div", { class: "race-setup" }, fold,
      el("div", { class: "row race-budget" },
        el("label", { for: "race-amount" }, t("Budget of each")), amount, el("label", { for: "race-unit", class: "visually-hidden" }, t("Unit of the budget")), unit),
      el("div", { class: "row" }, button), note),
    read: async () => ({ contestants: await Promise.all(chosen().map(contestant)), budget: budget() }),
    enable(on) {
      fields.disabled = amount.disabled = unit.disabled = !on;
      if (!on) fold.open = false;
      if (on) refresh();
      else button.disabled = true;
    },
    say: (text) => void (note.textContent = text),
  };
}

function box(value: string, name: string, about: string, picture: SVGSVGElement | null): HTMLElement {
  const words = el("span", {}, el("span", { class: "race-choice-name" }, name), el("span", { class: "small quiet" }, about));
  return el("label", { class: "race-choice" }, el("input", { type: "checkbox", name: "race-contestant", value }), words, picture);
}

function inputOf(box: HTMLElement): HTMLInputElement {
  const input = box.querySelector("input");
  if (input === null) throw new Error("A choice without its box");
  return input;
}

/** A contestant, and what its run is called. */
function entered(name: string, preset: string, settings: RunSettings): RaceSetup["contestants"][number] {
  return { name, preset, settings, run: t("{name} in a race", { name }) };
}

/** In a race nobody has a teacher: all learn from the same labels. */
function withoutTeacher({ model, train }: RunSettings): RunSettings {
  const { distillation: _, ...recipe } = train;
  return { model, train: recipe };
}

function lengthOf(budget: RaceBudget, count: number): string {
  const each = budget.type === "seconds" ? t("{time} of training", { time: duration(budget.seconds) }) : plural(budget.images, "image");
  const all = budget.type === "seconds" ? t("About {time} in all.", { time: duration(budget.seconds * count * OVERHEAD) }) : "";
  const epochs = t("Each one's epochs are chosen so that its learning rate falls by the end.");
  return [t("{count} models, {each} each, in turns.", { count, each }), all, epochs].filter((text) => text !== "").join(" ");
}
