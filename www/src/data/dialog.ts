/** Files that are chosen in a dialog. Those that are dropped are heard of elsewhere (train/drop.ts). */
import { byId } from "../ui/dom.js";

/** Calls `take` with the files that the user chooses. */
export function listenToDialog(take: (files: File[]) => void): void {
  const input = byId("data-input", HTMLInputElement);
  byId("data-pick", HTMLButtonElement).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    // So that the same file can be chosen again after it was removed or repaired.
    input.value = "";
  });
}
