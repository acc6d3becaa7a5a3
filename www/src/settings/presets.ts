/**
 * The presets as cards, family by family, with a picture and a sentence for what each family changes. The engine reports
 * their models for the current data.
 */
import type { App } from "../app.js";
import { presetsFor } from "../client/presets.js";
import type { Cost, FamilyOffer, FamilyPreset, ModelConfig, PresetReport } from "../protocol/engine.js";
import { FAMILIES } from "../protocol/families.js";
import { ofEngine, t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { integer, plural } from "../ui/format.js";
import { sizesInWords } from "../ui/model-words.js";
import type { DataShape } from "./choice.js";
import { familyPicture } from "./family-pictures.js";

/** The most figures of a model on a card. */
const SHOWN = 3;

/** Creates the cards, with the presets' figures for images like MNIST's. The first family's presets come first. */
export function makePresets(): void {
  const [first, ...others] = FAMILIES;
  if (!first) return;
  const all = byId("settings-presets", HTMLFieldSetElement);
  all.append(makeHead(first), makeCards(first));
  if (others.length === 0) return;
  all.append(el("p", { class: "family-others" }, t("Other families of models, and what each changes")));
  const single = others.filter(({ presets }) => presets.length === 1);
  all.append(el("div", { class: "presets families" }, ...single.flatMap((family) => family.presets.map((preset) => makeFamilyCard(family, preset)))));
  for (const family of others.filter((one) => !single.includes(one))) all.append(makeHead(family), makeCards(family));
}

/** A family of several presets: its picture and its sentence. */
function makeHead(family: FamilyOffer): HTMLElement {
  return el("div", { class: "family", "data-family": family.name },
    familyPicture(family.name), el("p", { class: "small" }, `${ofEngine(family.about)}.`));
}

function makeCards({ presets }: FamilyOffer): HTMLElement {
  return el("div", { class: "presets" }, ...presets.map((preset) => makeCard(preset, `${ofEngine(preset.about)}.`)));
}

/** A family of one preset, as one card. */
function makeFamilyCard(family: FamilyOffer, preset: FamilyPreset): HTMLElement {
  const card = makeCard(preset, `${ofEngine(family.about)}.`);
  card.classList.add("preset-family");
  card.dataset["family"] = family.name;
  card.append(familyPicture(family.name));
  return card;
}

function makeCard({ name, parameters, model, train }: FamilyPreset, about: string): HTMLElement {
  const count = el("span", { class: "preset-count" }, integer(parameters));
  return el("label", { class: "preset", "data-preset": name },
    el("input", { type: "radio", name: "preset", value: name }),
    el("span", { class: "preset-name" }, name),
    el("span", { class: "preset-parameters" }, count, ` ${t("parameters")}`),
    el("span", { class: "preset-shape small" }, shapeOf(model, train.epochs)),
    el("span", { class: "preset-text small quiet" }, about));
}

/** The presets for the data; also shows their figures on the cards. */
export async function describedPresets(app: App, { side, classes }: DataShape): Promise<readonly PresetReport[]> {
  const presets = await presetsFor(app.predictor, side, classes);
  const stated = new Map(FAMILIES.flatMap((family) => family.presets).map((preset) => [preset as PresetReport, preset]));
  const describe = async (preset: PresetReport): Promise<void> => {
    const known = stated.get(preset);
    if (known) return describePreset(preset, known);
    const settings = { model: preset.model, train: preset.train };
    const { cost } = await app.predictor.call("check", { settings });
    describePreset(preset, cost);
  };
  await Promise.all(presets.map(describe));
  return presets;
}

function describePreset({ name, model, train }: PresetReport, cost: Pick<Cost, "parameters"> | null): void {
  const card = document.querySelector(`#settings-presets [data-preset="${name}"]`);
  card?.querySelector(".preset-shape")?.replaceChildren(shapeOf(model, train.epochs));
  // With the preset's patch size these images would have too many tokens: a larger patch is used when it is chosen.
  card?.querySelector(".preset-count")?.replaceChildren(cost ? integer(cost.parameters) : "–");
}

function shapeOf(model: ModelConfig, epochs: number): string {
  return [...sizesInWords(model).slice(0, SHOWN), plural(epochs, "epoch").replace(" ", "\u00a0")].join(", ");
}

/** Calls `choose` with the preset that the user chooses. */
export function listenToPresets(choose: (name: string) => void): void {
  byId("settings-presets", HTMLFieldSetElement).addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.name === "preset") choose(event.target.value);
  });
}

/** Marks the chosen preset. */
export function markPreset(name: string, changed: boolean): void {
  for (const card of document.querySelectorAll<HTMLElement>("#settings-presets [data-preset]")) {
    const input = card.querySelector("input");
    if (input) input.checked = input.value === name;
    card.classList.toggle("changed", changed && card.dataset["preset"] === name);
  }
}
