/** The list of files: how each was read, what it is used for, and its problems. */
import type { FileRole, FileReport, PatchworkError } from "../protocol/engine.js";
import { ofEngine, t, type Text } from "../text/language.js";
import { byId, el, type Child } from "../ui/dom.js";
import { plural, sentence } from "../ui/format.js";
import { shortened } from "../ui/names.js";
import { fileExtras, type ExtraActions } from "./extras.js";
import type { LostEntry } from "./lost.js";
import type { FileProblem } from "./problems.js";

/** What the user can do with a file. */
export interface FileActions extends ExtraActions {
  setPart(id: number, part: FileRole): void;
  remove(file: FileReport): void;
  /** Reads a file that was refused because of its labels, keeping its labels. */
  readAnyway(problem: FileProblem): void;
  dismiss(problem: FileProblem): void;
  dismissAll(): void;
  readAgain(entry: LostEntry): void;
  leave(entry: LostEntry): void;
}

/** The contents of the list. */
export interface Listed {
  files: FileReport[];
  lost: readonly LostEntry[];
  problems: FileProblem[];
}

const PARTS = {
  train: "Training",
  test: "Test",
  unlabelled: "To predict",
  ignored: "Not used",
} as const satisfies Record<FileRole, Text>;

/** Shows the files, then those being read again, then those that could not be read. */
export function showFiles({ files, lost, problems }: Listed, locked: boolean, actions: FileActions): void {
  const list = byId("data-files", HTMLElement);
  const focused = list.contains(document.activeElement) ? document.activeElement?.id : undefined;
  list.replaceChildren(
    ...files.map((file) => fileItem(file, files, locked, actions)),
    ...lost.map((entry) => lostItem(entry, actions)),
    ...problems.map((problem) => problemItem(problem, actions)),
    ...(problems.length > 1 ? [dismissAllItem(problems.length, actions)] : []),
  );
  // The list is rebuilt: put the keyboard focus back where it was.
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function fileItem(file: FileReport, files: FileReport[], locked: boolean, actions: FileActions): HTMLElement {
  const classes = file.labelled ? plural(file.class_counts.length, "class") : t("no labels");
  const name = shortened(file.name);
  const remove = el("button", { type: "button", disabled: locked, "aria-label": t("Remove {name}", { name }) }, t("Remove"));
  remove.addEventListener("click", () => actions.remove(file));
  const size: Child[] = file.images > 0
    ? [el("span", {}, plural(file.images, "image")), el("span", { class: "small quiet" }, classes)]
    : [el("span", {}, t("labels"))];
  return el("li", { class: "data-file", "data-id": file.id },
    el("div", { class: "data-file-text" }, nameOf(file.name),
      el("span", { class: "small quiet data-layout" }, ofEngine(file.layout))),
    el("span", { class: "data-file-size" }, ...size),
    partSelect(file, locked, actions),
    remove,
    fileExtras(file, files, locked, actions));
}

/** A file's name in its own text direction, with the full name as a tooltip. */
function nameOf(name: string): HTMLElement {
  const short = shortened(name, 120);
  const title = short === name ? null : shortened(name, 1000);
  return el("strong", { class: "data-file-name", title }, el("bdi", {}, short));
}

function partSelect(file: FileReport, locked: boolean, actions: FileActions): HTMLElement {
  const id = `data-part-${file.id}`;
  const select = el("select", { id, disabled: locked, "aria-label": t("Use {name} for", { name: shortened(file.name) }) });
  for (const part of partsOf(file)) {
    select.append(el("option", { value: part, selected: part === file.part }, t(PARTS[part])));
  }
  select.addEventListener("change", () => {
    const part = partsOf(file).find((one) => one === select.value);
    if (part) actions.setPart(file.id, part);
  });
  return select;
}

/** A file without labels cannot be used for training or testing, but can still get predictions. */
function partsOf(file: FileReport): FileRole[] {
  if (file.images === 0) return ["ignored"];
  return file.labelled ? ["train", "test", "unlabelled", "ignored"] : ["unlabelled", "ignored"];
}

function problemItem(problem: FileProblem, actions: FileActions): HTMLElement {
  const { error, name } = problem;
  const dismiss = el("button", { type: "button", "aria-label": t("Dismiss the note on {name}", { name: shortened(name) }) }, t("Dismiss"));
  dismiss.addEventListener("click", () => actions.dismiss(problem));
  const text = problemText(name, error, t("This file was not added; the others stay as they are."));
  // The engine asks for the number of classes; the file's own metadata is an answer.
  if (error.place.setting === "classes" && problem.file !== null) {
    const read = el("button", { type: "button" }, t("Read it with these labels"));
    read.addEventListener("click", () => actions.readAnyway(problem));
    text.append(el("div", { class: "row" }, read));
  }
  return el("li", { class: "data-file bad" }, text, dismiss);
}

function dismissAllItem(count: number, actions: FileActions): HTMLElement {
  const dismiss = el("button", { type: "button", id: "data-dismiss-all", onclick: () => actions.dismissAll() },
    t("Dismiss all {count} notes", { count }));
  return el("li", { class: "data-file data-dismiss" }, dismiss);
}

function lostItem(entry: LostEntry, actions: FileActions): HTMLElement {
  const { report, error } = entry;
  if (error === null) {
    return el("li", { class: "data-file waiting" }, el("div", { class: "data-file-text" }, nameOf(report.name),
      el("span", { class: "small quiet" }, t("It is being read again."))));
  }
  const name = shortened(report.name);
  const again = el("button", { type: "button", "aria-label": t("Read {name} again", { name }) }, t("Read again"));
  again.addEventListener("click", () => actions.readAgain(entry));
  const leave = el("button", { type: "button", "aria-label": t("Remove {name}", { name }) }, t("Remove"));
  leave.addEventListener("click", () => actions.leave(entry));
  const text = problemText(report.name, error,
    t("The engine stopped and no longer holds this file. Training waits until you add it again or remove it."));
  return el("li", { class: "data-file bad lost" }, text, el("div", { class: "row" }, again, leave));
}

/** The problem with a file, where it is, and what to do. `after` says what happened to the file. */
function problemText(name: string, error: PatchworkError, after: string): HTMLElement {
  const text = el("div", { class: "data-file-text" }, nameOf(name),
    el("span", { class: "data-problem" }, sentence([placeOf(error, name), ofEngine(error.problem)].filter(Boolean).join(": "))));
  if (error.help) text.append(el("span", { class: "small" }, sentence(ofEngine(error.help))));
  text.append(el("span", { class: "small quiet" }, after));
  return text;
}

/** The position within the entry, which may consist of several files. */
function placeOf({ place }: PatchworkError, name: string): string {
  const { file, row, column } = place;
  const parts = [
    file === null || file === name ? "" : shortened(file),
    row === null ? "" : t("Row {row}", { row }), column === null ? "" : t("column {column}", { column }),
  ];
  return parts.filter(Boolean).join(", ");
}
