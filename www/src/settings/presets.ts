/** The presets: asked of the engine for the data at hand, shown as cards. */
import type { App } from "../app.js";
import type { Cost } from "../protocol/engine.js";
import { isVitPreset, type VitPreset } from "../protocol/vit.js";
import { byId } from "../ui/dom.js";
import { integer, plural } from "../ui/format.js";
import type { DataShape } from "./choice.js";

/** The presets for the data, described on their cards. */
export async function presetsFor(app: App, { side, classes }: DataShape): Promise<VitPreset[]> {
  const presets = (await app.predictor.call("presets", { side, classes })).filter(isVitPreset);
  const describe = async (preset: VitPreset): Promise<void> => {
    const settings = { model: preset.model, train: preset.train };
    const { cost } = await app.predictor.call("check", { settings });
    describePreset(preset, cost);
  };
  await Promise.all(presets.map(describe));
  return presets;
}

function describePreset({ name, model, train }: VitPreset, cost: Cost | null): void {
  const card = document.querySelector(`#settings-presets [data-preset="${name}"]`);
  const epochs = plural(train.epochs, "epoch").replace(" ", "\u00a0");
  const shape = `patch ${model.patch_size}, width ${model.width}, depth ${model.depth}, ${epochs}`;
  card?.querySelector(".preset-shape")?.replaceChildren(shape);
  // Images that a preset's patches cut into too many tokens: a larger patch is put in place when it is chosen.
  card?.querySelector(".preset-count")?.replaceChildren(cost ? integer(cost.parameters) : "–");
}

/** Tells which preset a person chooses. */
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
