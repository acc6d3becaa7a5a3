/** Keeps the drawing over a reload. */
import type { Store } from "../store/store.js";
import { debounce } from "../ui/announce.js";
import { fromDrawing, isExample, type Content } from "./content.js";
import type { Pad } from "./pad.js";

/** How long the pen rests before the drawing is kept. */
const REST = 300;

/** Puts back what was drawn before, unless the person was quicker. */
export async function restore(store: Store, pad: Pad, penWidth: (width: number) => void): Promise<void> {
  const kept = fromDrawing(await store.drawing().catch(() => null));
  if (!kept || pad.touched()) return;
  if (kept.penWidth !== null) penWidth(kept.penWidth);
  pad.begin(kept.content);
}

/** A function to call after each change: keeps the drawing when the pen rests, and when the page is left. */
export function createDrawingSaver(store: Store, pad: Pad): () => void {
  let unsaved = false;
  const save = (): void => {
    if (!unsaved || pad.live()) return;
    unsaved = false;
    // Where nothing can be kept, the footer says so.
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
