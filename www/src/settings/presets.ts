/** The presets as cards, family by family; the engine reports their models for the current data. */
import type { App } from "../app.js";
import { presetsFor } from "../client/presets.js";
import type { Cost, FamilyPreset, ModelConfig, PresetReport } from "../protocol/engine.js";
import { FAMILIES } from "../protocol/families.js";
import { byId, el } from "../ui/dom.js";
import { integer, plural } from "../ui/format.js";
import { sizesInWords } from "../ui/model-words.js";
import type { DataShape } from "./choice.js";

/** The most figures of a model on a card. */
const SHOWN = 3;

/** Creates the cards, with the presets' figures for images like MNIST's. */
export function makePresets(): void {
  const families = FAMILIES.map((family) => [
    ...(FAMILIES.length > 1 ? [el("p", { class: "family small" }, family.about)] : []),
    el("div", { class: "presets" }, ...family.presets.map(makeCard)),
  ]);
  byId("settings-presets", HTMLFieldSetElement).append(...families.flat());
}

function makeCard({ name, about, parameters, model, train }: FamilyPreset): HTMLElement {
  const count = el("span", { class: "preset-count" }, integer(parameters));
  return el("label", { class: "preset", "data-preset": name },
    el("input", { type: "radio", name: "preset", value: name }),
    el("span", { class: "preset-name" }, name),
    el("span", { class: "preset-parameters" }, count, " parameters"),
    el("span", { class: "preset-shape small" }, shapeOf(model, train.epochs)),
    el("span", { class: "preset-text small quiet" }, `${about}.`));
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
