/** Adding a picture: the button, a drop on the canvas, or a paste. */
import { byId } from "../ui/dom.js";

/** Calls `take` with each picture that the user adds. Other files are left to the data part of the page. */
export function mountBring(take: (file: File) => void): void {
  mountButton(take);
  mountDrop(byId("stage", HTMLElement), take);
  document.addEventListener("paste", (event) => {
    if (event.target instanceof HTMLElement && event.target.closest("input, textarea, [contenteditable]")) return;
    const file = firstPicture(event.clipboardData);
    if (!file) return;
    event.preventDefault();
    take(file);
  });
}

function mountButton(take: (file: File) => void): void {
  const input = byId("picture-file", HTMLInputElement);
  byId("open-picture", HTMLButtonElement).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    // So that the same file can be chosen again.
    input.value = "";
    if (file) take(file);
  });
}

function mountDrop(stage: HTMLElement, take: (file: File) => void): void {
  const mark = (on: boolean): boolean => stage.classList.toggle("dropping", on);
  stage.addEventListener("dragover", (event) => {
    const coming = [...(event.dataTransfer?.items ?? [])].some((item) => item.kind === "file" && isPicture(item));
    mark(coming);
    if (coming) event.preventDefault();
  });
  stage.addEventListener("dragleave", (event) => {
    if (!(event.relatedTarget instanceof Node && stage.contains(event.relatedTarget))) mark(false);
  });
  stage.addEventListener("drop", (event) => {
    mark(false);
    const file = firstPicture(event.dataTransfer);
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    take(file);
  });
}

/** Whether the file's type is that of a picture. */
function isPicture(file: { type: string }): boolean {
  return file.type.startsWith("image/");
}

function firstPicture(transfer: DataTransfer | null): File | undefined {
  return [...(transfer?.files ?? [])].find(isPicture);
}
