/** The fields: shows settings in them, tells what a person changes, says problems beside them. */
import type { Limits } from "../protocol/engine.js";
import type { VitSettings } from "../protocol/vit.js";
import { byId, el } from "../ui/dom.js";
import { errorSentence } from "../ui/format.js";
import { leastPatch, possibleHeads } from "./choice.js";
import { format, KEYS, type Key, parse, read, type SettingValue } from "./keys.js";
import type { Problem } from "./problems.js";
import { rangeOf } from "./ranges.js";
import { inUnits } from "./units.js";

/** What the fields tell. */
export interface FormEvents {
  change(key: Key, value: SettingValue): void;
  /** What is typed is no value, or out of its range. */
  refused(key: Key, label: string): void;
}

type Control = HTMLInputElement | HTMLSelectElement;

/** Gives all fields their ranges, then listens to them. */
export function listenToForm(limits: Limits, events: FormEvents): void {
  for (const key of KEYS) {
    const field = control(key);
    const range = rangeOf(limits, key);
    if (range && field instanceof HTMLInputElement) {
      field.min = String(range.low);
      field.max = String(range.high);
    }
    field.addEventListener("input", () => {
      const value = valueOf(key, limits);
      if (value === undefined) events.refused(key, labelOf(key));
      else events.change(key, value);
    });
  }
}

function control(key: Key): Control {
  const id = `set-${key}`;
  const found = document.getElementById(id);
  return found instanceof HTMLSelectElement ? found : byId(id, HTMLInputElement);
}

function valueOf(key: Key, limits: Limits): SettingValue | undefined {
  const field = control(key);
  if (field instanceof HTMLInputElement && field.type === "checkbox") return field.checked;
  return parse(key, field.value, limits);
}

function labelOf(key: Key): string {
  return control(key).labels?.[0]?.textContent?.trim() ?? key;
}

/** Shows settings in the fields; one that a person types in stays as they typed it. */
export function fillForm(settings: VitSettings, notes: Map<Key, string>, limits: Limits): void {
  constrain(settings, limits);
  for (const key of KEYS) {
    const field = control(key);
    const value = read(settings, key);
    if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === true;
    else if (field !== document.activeElement || field instanceof HTMLSelectElement) field.value = format(value);
    const output = document.getElementById(`set-${key}-value`);
    if (output) output.textContent = inUnits(key, value);
    setLine(key, "note", notes.get(key) ?? null);
  }
}

/** Only what is possible can be chosen. */
function constrain({ model, train }: VitSettings, limits: Limits): void {
  const heads = byId("set-heads", HTMLSelectElement);
  const possible = possibleHeads(model.width, limits).map(String);
  if ([...heads.options].map((option) => option.value).join() !== possible.join()) {
    heads.replaceChildren(...possible.map((count) => el("option", { value: count }, count)));
  }
  const patch = byId("set-patch_size", HTMLInputElement);
  patch.min = String(leastPatch(model.image_size, limits));
  patch.max = String(model.image_size);
  for (const key of ["warmup_epochs", "clean_epochs"]) byId(`set-${key}`, HTMLInputElement).max = String(train.epochs);
  byId("set-weight_decay", HTMLInputElement).disabled = train.optimizer === "adam";
}

/** Says a problem beside its field, or nowhere. */
export function showProblem(problem: Problem | null): void {
  for (const key of KEYS) {
    const own = problem?.key === key;
    control(key).setAttribute("aria-invalid", String(own));
    setLine(key, "problem", own ? errorSentence(problem.error) : null);
  }
}

/** A line under a field, made when there is something to say and named as the field's description. */
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

/** Opens the fold that a field is in and goes there. */
export function goTo(key: Key): void {
  const field = control(key);
  const details = field.closest("details");
  if (details) details.open = true;
  field.focus();
}
