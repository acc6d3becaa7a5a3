/** How the images are shared out: sliders, counts, and the bar under them. */
import type { App } from "../app.js";
import type { DataState } from "../protocol/messages.js";
import { debounce } from "../ui/announce.js";
import { byId } from "../ui/dom.js";
import { integer } from "../ui/format.js";
import { shortened } from "../ui/names.js";
import { hasTestFile } from "./classes.js";

/** What a person chose. */
export interface Shares {
  validation: number;
  test: number;
}

/** Listens to the sliders; `choose` is told when they rest. */
export function listenToSplit(choose: (shares: Shares) => void): void {
  const rest = debounce(() => choose(shares()), 150);
  for (const id of ["data-validation", "data-test"]) {
    byId(id, HTMLInputElement).addEventListener("input", () => {
      showShares();
      rest();
    });
  }
}

function shares(): Shares {
  const share = (id: string): number => byId(id, HTMLInputElement).valueAsNumber / 100;
  return { validation: share("data-validation"), test: share("data-test") };
}

function showShares(): void {
  for (const id of ["data-validation", "data-test"]) {
    byId(`${id}-value`, HTMLOutputElement).textContent = `${byId(id, HTMLInputElement).value} %`;
  }
}

/** Shows the split as the engine made it. */
export function showSplit(state: DataState): void {
  const slide = (id: string, share: number): void => {
    const input = byId(id, HTMLInputElement);
    // Under the person's hand it stays where they hold it.
    if (document.activeElement !== input) input.value = String(Math.round(share * 100));
  };
  slide("data-validation", state.split.validation);
  slide("data-test", state.split.test);
  showShares();
  const ownTest = hasTestFile(state);
  byId("data-test-row", HTMLElement).hidden = ownTest;
  const note = byId("data-test-file", HTMLElement);
  note.hidden = !ownTest;
  const names = state.files.filter((file) => file.part === "test").map((file) => shortened(file.name));
  note.textContent = `Test: ${names.join(", ")}, used only once, after training.`;
  showCounts(state);
}

function showCounts({ material }: DataState): void {
  for (const part of ["train", "validation", "test"] as const) {
    byId(`data-count-${part}`, HTMLElement).textContent = material ? integer(material[part]) : "–";
    byId(`data-bar-${part}`, HTMLElement).style.flexGrow = String(material?.[part] ?? 0);
  }
}

/** The split follows the seed of the settings, as it does in a native run of the same settings. */
export function followSeed(app: App, choose: (seed: number) => void): void {
  const rest = debounce(choose, 300);
  app.on("settings", ({ settings, valid }) => {
    const state = app.last("data");
    if (valid && state && state.files.length > 0 && state.split.seed !== settings.train.seed) rest(settings.train.seed);
  });
}
