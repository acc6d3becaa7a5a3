/** Files that are dropped anywhere in the window. */
import type { BroughtFiles } from "../app.js";
import { byId } from "../ui/dom.js";

const PICTURE = /\.(png|jpe?g|gif|webp|bmp|avif|heic|svg)$/i;

/**
 * Listens for files. The zone for training images accepts every file; elsewhere, pictures are left to the canvas.
 * `allowed` tells whether files can be added now.
 */
export function listenForDrops(take: (brought: BroughtFiles) => void, allowed: () => boolean): void {
  const zone = byId("data-drop", HTMLElement);
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const mark = (event: DragEvent): void => {
    if (!carriesFiles(event) || !allowed()) return;
    event.preventDefault();
    zone.classList.add("over");
    // `dragover` fires many times a second while files hover; when it stops, they have left.
    clearTimeout(leaving);
    leaving = setTimeout(() => zone.classList.remove("over"), 200);
  };
  window.addEventListener("dragover", mark);
  window.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    // Otherwise the browser would leave the page and open the file.
    event.preventDefault();
    zone.classList.remove("over");
    const inZone = event.target instanceof Node && zone.contains(event.target);
    const brought = droppedIn(event, inZone);
    if (allowed() && brought.files.length + brought.folders.length > 0) take(brought);
  });
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

function droppedIn(event: DragEvent, inZone: boolean): BroughtFiles {
  const brought: BroughtFiles = { files: [], folders: [] };
  for (const item of event.dataTransfer?.items ?? []) {
    const file = item.kind === "file" ? item.getAsFile() : null;
    if (!file) continue;
    if (item.webkitGetAsEntry()?.isDirectory) brought.folders.push(file.name);
    else if (inZone || !isPicture(file)) brought.files.push(file);
  }
  return brought;
}

function isPicture(file: File): boolean {
  return file.type.startsWith("image/") || PICTURE.test(file.name);
}
