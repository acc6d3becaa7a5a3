/**
 * What is shown below a file: notices, the orientation of its images, and for labels the question which images they
 * belong to.
 */
import type { FileReport, Orientation } from "../protocol/engine.js";
import { ofEngine, t, type Text } from "../text/language.js";
import { el } from "../ui/dom.js";
import { plural, sentence } from "../ui/format.js";
import { shortened } from "../ui/names.js";

/** What the user can decide about a file. */
export interface ExtraActions {
  orient(id: number, orientation: Orientation): void;
  pair(images: number, labels: number): void;
  /** The panel for predictions on a file. */
  predictions(file: FileReport): HTMLElement;
}

/** All of it; null if there is nothing to show. */
export function fileExtras(
  file: FileReport, files: FileReport[], locked: boolean, actions: ExtraActions,
): HTMLElement | null {
  const parts = [
    ...file.notices.map((notice) => el("p", { class: "notice warn small" }, sentence(ofEngine(notice)))),
    switches(file, locked, actions),
    question(file, files, locked, actions),
    file.part === "unlabelled" ? actions.predictions(file) : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : el("div", { class: "data-extras" }, ...parts);
}

const SWITCHES = [
  ["inverted", "Inverted: light and dark are swapped"],
  ["transposed", "Transposed: rows and columns are swapped"],
] as const satisfies readonly (readonly [keyof Orientation, Text])[];

/** Checkboxes for what a notice offers, so that it can also be undone. */
function switches(file: FileReport, locked: boolean, actions: ExtraActions): HTMLElement | null {
  const { orientation, offers } = file;
  const shown = SWITCHES.filter(([key]) => offers[key] || orientation[key]);
  if (shown.length === 0) return null;
  const boxes = shown.map(([key, text]) => {
    const box = el("input", {
      type: "checkbox", id: `data-${key}-${file.id}`, disabled: locked, checked: orientation[key],
      onchange: () => actions.orient(file.id, { ...orientation, [key]: box.checked }),
    });
    return el("label", {}, box, t(text));
  });
  const name = t("Orientation of the images of {name}", { name: shortened(file.name) });
  return el("div", { class: "row", role: "group", "aria-label": name }, ...boxes);
}

/** For labels whose name does not match any images: asks the user which images they belong to. */
function question(
  file: FileReport, files: FileReport[], locked: boolean, actions: ExtraActions,
): HTMLElement | null {
  if (file.images > 0) return null;
  const candidates = files.filter(({ id }) => file.candidates.includes(id));
  const [first] = candidates;
  // Without candidates, the engine's message says what is missing.
  if (first === undefined) return null;
  const select = el("select", { id: `data-pair-${file.id}`, disabled: locked },
    ...candidates.map(({ id, name }) => el("option", { value: id }, shortened(name))));
  const use = el("button", { type: "button", disabled: locked, onclick: () => actions.pair(Number(select.value), file.id) },
    t("Use for these images"));
  return el("div", { class: "notice warn row data-question" },
    el("label", { for: select.id }, t("These are labels of {images}. Of which file?", { images: plural(first.images, "image") })), select, use);
}
