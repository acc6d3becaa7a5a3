/** The fields for a family's settings, generated from its list. */
import type { FamilyOffer, Setting, SettingKind } from "../protocol/engine.js";
import { byId, el } from "../ui/dom.js";
import { ofEngine } from "../text/language.js";

/** A setting with its own field on the page, beside a picture. */
const PICTURED = "patch_size";

/** Replaces the fields of another family by those of this one. */
export function makeFields({ name, settings }: FamilyOffer): void {
  const place = byId("settings-family", HTMLElement);
  if (place.dataset["family"] === name) return;
  place.dataset["family"] = name;
  place.replaceChildren(...settings.filter((setting) => setting.name !== PICTURED).map(makeField));
  byId("settings-patch", HTMLElement).hidden = settings.every((setting) => setting.name !== PICTURED);
}

function makeField({ name, label, about, kind }: Setting): HTMLElement {
  const id = `set-${name}`;
  const hint = el("p", { id: `${id}-hint`, class: "field-hint" }, `${ofEngine(about)}.`);
  const props = { id, name, "aria-describedby": `${id}-hint` };
  if (kind === "flag") {
    const box = el("label", {}, el("input", { ...props, type: "checkbox" }), ` ${ofEngine(label)}`);
    return el("div", { class: "field field-box", "data-key": name }, box, hint);
  }
  const control = el("span", { class: "field-control" }, makeControl(name, kind, props));
  return el("div", { class: "field", "data-key": name }, el("label", { for: id }, titled(ofEngine(label))), control, hint);
}

/** The possible numbers of heads divide the width: a select, which the form fills. */
function makeControl(name: string, kind: SettingKind, props: Record<string, string>): HTMLElement {
  if (kind === "flag" || name === "heads") return el("select", props);
  if ("choice" in kind) {
    const option = (word: string): HTMLElement => el("option", { value: word }, shownChoice(word));
    return el("select", props, ...kind.choice.map(option));
  }
  const { low, high, whole } = kind.number;
  const [inputmode, step] = whole ? ["numeric", "1"] : ["decimal", "any"];
  return el("input", { ...props, type: "number", inputmode, step, min: low, max: high });
}

function titled(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/** A word of the engine for people. */
function shownChoice(word: string): string {
  const known = ofEngine(word);
  return known === word ? word.replaceAll("-", " ") : known;
}
