/** The list of files: what each was understood as, what it is for, and what was wrong with it. */
import type { FilePart, FileReport, PatchworkError } from "../protocol/engine.js";
import { byId, el } from "../ui/dom.js";
import { plural } from "../ui/format.js";

/** What a person can do with a file. */
export interface FileActions {
  setPart(id: number, part: FilePart): void;
  remove(file: FileReport): void;
  dismiss(problem: FileProblem): void;
}

/** A file that could not be read. */
export interface FileProblem {
  name: string;
  error: PatchworkError;
}

const PARTS: Record<FilePart, string> = {
  train: "Training",
  test: "Test",
  unlabelled: "To predict",
  ignored: "Not used",
};

/** Shows the files, and after them those that could not be read. */
export function showFiles(files: FileReport[], problems: FileProblem[], locked: boolean, actions: FileActions): void {
  const list = byId("data-files", HTMLElement);
  const focused = document.activeElement?.id;
  list.replaceChildren(
    ...files.map((file) => fileItem(file, locked, actions)),
    ...problems.map((problem) => problemItem(problem, actions)),
  );
  // The list is made anew: a person who works with the keyboard stays where they were.
  if (focused?.startsWith("data-part-")) document.getElementById(focused)?.focus();
}

function fileItem(file: FileReport, locked: boolean, actions: FileActions): HTMLElement {
  const classes = file.labelled ? plural(file.class_counts.length, "class", "classes") : "no labels";
  const remove = el("button", { type: "button", disabled: locked, "aria-label": `Remove ${file.name}` }, "Remove");
  remove.addEventListener("click", () => actions.remove(file));
  return el("li", { class: "data-file", "data-id": file.id },
    el("div", { class: "data-file-text" },
      el("strong", { class: "data-file-name" }, file.name),
      el("span", { class: "small quiet data-layout" }, file.layout)),
    el("span", { class: "data-file-size" },
      el("span", {}, plural(file.images, "image")), el("span", { class: "small quiet" }, classes)),
    partSelect(file, locked, actions),
    remove);
}

function partSelect(file: FileReport, locked: boolean, actions: FileActions): HTMLElement {
  const id = `data-part-${file.id}`;
  const select = el("select", { id, disabled: locked, "aria-label": `Use ${file.name} for` });
  for (const part of partsOf(file)) {
    select.append(el("option", { value: part, selected: part === file.part }, PARTS[part]));
  }
  select.addEventListener("change", () => {
    const part = partsOf(file).find((one) => one === select.value);
    if (part) actions.setPart(file.id, part);
  });
  return select;
}

/** Without labels nothing can be learned or tested; with them a file can still be predicted. */
function partsOf(file: FileReport): FilePart[] {
  return file.labelled ? ["train", "test", "unlabelled", "ignored"] : ["unlabelled", "ignored"];
}

function problemItem(problem: FileProblem, actions: FileActions): HTMLElement {
  const { error, name } = problem;
  const dismiss = el("button", { type: "button", "aria-label": `Dismiss the note on ${name}` }, "Dismiss");
  dismiss.addEventListener("click", () => actions.dismiss(problem));
  const text = el("div", { class: "data-file-text" },
    el("strong", { class: "data-file-name" }, name),
    el("span", { class: "data-problem" }, [placeOf(error), error.problem].filter(Boolean).join(": "), "."));
  if (error.help) text.append(el("span", { class: "small" }, `${error.help}.`));
  text.append(el("span", { class: "small quiet" }, "The file was not taken; the others stay as they are."));
  return el("li", { class: "data-file bad" }, text, dismiss);
}

function placeOf({ place }: PatchworkError): string {
  const { row, column } = place;
  const parts = [row === null ? "" : `Row ${row}`, column === null ? "" : `column ${column}`];
  return parts.filter(Boolean).join(", ");
}
