/** The fields: shows settings in them, reports changes, and shows problems beside them. */
import type { FamilyOffer, Limits, RunSettings } from "../protocol/engine.js";
import { byId, el } from "../ui/dom.js";
import { errorSentence } from "../ui/format.js";
import { leastPatch, possibleHeads } from "./choice.js";
import { makeFields } from "./fields.js";
import { format, keysOf, type Key, kindOf, parse, read, SHARED_KEYS, type SettingValue } from "./keys.js";
import type { Problem } from "./problems.js";
import { rangeOf } from "./ranges.js";
import { inUnits } from "./units.js";

/** The events of the fields. */
export interface FormEvents {
  change(key: Key, value: SettingValue): void;
  /** The input is not a value of the setting, or out of range. */
  refused(key: Key, label: string): void;
}

type Control = HTMLInputElement | HTMLSelectElement;

/**
 * Sets the ranges of the shared fields, then listens to all; `family` returns the current family, which has the others.
 */
export function listenToForm(limits: Limits, family: () => FamilyOffer, events: FormEvents): void {
  for (const key of SHARED_KEYS) {
    const field = control(key);
    const range = rangeOf(limits, key);
    if (range && field instanceof HTMLInputElement) {
      field.min = String(range.low);
      field.max = String(range.high);
    }
  }
  byId("settings", HTMLElement).addEventListener("input", ({ target }) => {
    const key = target instanceof HTMLElement ? target.closest<HTMLElement>("[data-key]")?.dataset["key"] : undefined;
    if (key === undefined || target !== control(key)) return;
    const value = valueOf(key, family(), limits);
    if (value === undefined) events.refused(key, labelOf(key));
    else events.change(key, value);
  });
}

function control(key: Key): Control {
  const id = `set-${key}`;
  const found = document.getElementById(id);
  return found instanceof HTMLSelectElement ? found : byId(id, HTMLInputElement);
}

function valueOf(key: Key, family: FamilyOffer, limits: Limits): SettingValue | undefined {
  const field = control(key);
  if (field instanceof HTMLInputElement && field.type === "checkbox") return field.checked;
  return parse(kindOf(family, key, limits), field.value);
}

function labelOf(key: Key): string {
  return control(key).labels?.[0]?.textContent?.trim() ?? key;
}

/** Shows settings in the fields; a field in which the user is typing is left alone. */
export function fillForm(family: FamilyOffer, settings: RunSettings, notes: Map<Key, string>, limits: Limits): void {
  makeFields(family);
  constrain(family, settings, limits);
  for (const key of keysOf(family)) {
    const field = control(key);
    const value = read(settings, key);
    if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === true;
    else if (field !== document.activeElement || field instanceof HTMLSelectElement) field.value = format(value);
    const output = document.getElementById(`set-${key}-value`);
    if (output) output.textContent = inUnits(key, value);
    setLine(key, "note", notes.get(key) ?? null);
  }
}

/** Disables what is impossible. */
function constrain(family: FamilyOffer, { model, train }: RunSettings, limits: Limits): void {
  if ("heads" in model && "width" in model) offerHeads(model.width, family, limits);
  const patch = byId("set-patch_size", HTMLInputElement);
  patch.min = String(leastPatch(model.image_size, limits));
  patch.max = String(model.image_size);
  for (const key of ["warmup_epochs", "clean_epochs"]) byId(`set-${key}`, HTMLInputElement).max = String(train.epochs);
  byId("set-weight_decay", HTMLInputElement).disabled = train.optimizer === "adam";
}

function offerHeads(width: number, family: FamilyOffer, limits: Limits): void {
  const heads = byId("set-heads", HTMLSelectElement);
  const kind = kindOf(family, "heads", limits);
  const most = kind !== null && kind !== "flag" && "number" in kind ? kind.number.high : 1;
  const possible = possibleHeads(width, most).map(String);
  if ([...heads.options].map((option) => option.value).join() === possible.join()) return;
  heads.replaceChildren(...possible.map((count) => el("option", { value: count }, count)));
}

/** Shows a problem beside its field, or removes it. */
export function showProblem(problem: Problem | null, keys: readonly Key[]): void {
  for (const key of keys) {
    const own = problem?.key === key;
    control(key).setAttribute("aria-invalid", String(own));
    setLine(key, "problem", own ? errorSentence(problem.error) : null);
  }
}

/** A line below a field, created on demand and linked as the field's description. */
function setLine(key: Key, kind: "note" | "problem", text: string | null): void {
  const id = `set-${key}-${kind}`;
  const line = document.getElementById(id);
  if (text === null) {
    line?.remove();
  } else if (line) {
    line.textContent = text;
  } else {
    const field = document.querySelector(`#settings [data-key="${key}"]`);
    field?.append(el("p", { id, class: `field-hint field-${kind}` }, text));
  }
  const lines = ["hint", "note", "problem"].map((name) => `set-${key}-${name}`);
  const described = lines.filter((name) => document.getElementById(name));
  if (described.length > 0) control(key).setAttribute("aria-describedby", described.join(" "));
  else control(key).removeAttribute("aria-describedby");
}

/** Opens the folded section around a field and scrolls to the field. */
export function goTo(key: Key): void {
  const field = control(key);
  const details = field.closest("details");
  if (details) details.open = true;
  field.focus();
}
