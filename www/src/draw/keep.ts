/** Keeps the drawing across reloads. */
import type { Store } from "../store/store.js";
import { debounce } from "../ui/announce.js";
import { fromDrawing, isExample, type Content } from "./content.js";
import type { Pad } from "./pad.js";

/** How long the pen must rest before the drawing is saved, in milliseconds. */
const REST = 300;

/** Restores the last drawing, unless the user has already started another. */
export async function restore(store: Store, pad: Pad, penWidth: (width: number) => void): Promise<void> {
  const kept = fromDrawing(await store.drawing().catch(() => null));
  if (!kept || pad.touched()) return;
  if (kept.penWidth !== null) penWidth(kept.penWidth);
  pad.begin(kept.content);
}

/** Returns a function to call after each change: it saves the drawing when the pen rests, and when the page is left. */
export function createDrawingSaver(store: Store, pad: Pad): () => void {
  let unsaved = false;
  const save = (): void => {
    if (!unsaved || pad.live()) return;
    unsaved = false;
    // If nothing can be stored, the footer says so.
    void store.saveDrawing(worthKeeping(pad.content()) ? pad.drawing() : null).catch(() => undefined);
  };
  const later = debounce(save, REST);
  document.addEventListener("visibilitychange", () => document.hidden && save());
  return () => {
    if (!pad.touched()) return;
    unsaved = true;
    later();
  };
}

function worthKeeping(content: Content): boolean {
  return !isExample(content);
}
