/** How the images are split: sliders, counts, and the bar below them. */
import type { App } from "../app.js";
import type { DataState } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { debounce } from "../ui/announce.js";
import { byId } from "../ui/dom.js";
import { integer, percent } from "../ui/format.js";
import { shortened } from "../ui/names.js";
import { hasTestFile } from "./classes.js";

/** The user's choice. */
export interface Shares {
  validation: number;
  test: number;
}

/** Listens to the sliders; `choose` is called when they come to rest. */
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
    byId(`${id}-value`, HTMLOutputElement).textContent = percent(Number(byId(id, HTMLInputElement).value) / 100, 0);
  }
}

/** Shows the split that the engine made. */
export function showSplit(state: DataState): void {
  const slide = (id: string, share: number): void => {
    const input = byId(id, HTMLInputElement);
    // Do not move a slider that the user is holding.
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
  note.textContent = t("Test: {names}, used only once, after training.", { names: names.join(", ") });
  showCounts(state);
}

function showCounts({ material }: DataState): void {
  for (const part of ["train", "validation", "test"] as const) {
    byId(`data-count-${part}`, HTMLElement).textContent = material ? integer(material[part]) : "–";
    byId(`data-bar-${part}`, HTMLElement).style.flexGrow = String(material?.[part] ?? 0);
  }
}

/** The split follows the seed in the settings, as in a native run with the same settings. */
export function followSeed(app: App, choose: (seed: number) => void): void {
  const rest = debounce(choose, 300);
  app.on("settings", ({ settings, valid }) => {
    const state = app.last("data");
    if (valid && state && state.files.length > 0 && state.split.seed !== settings.train.seed) rest(settings.train.seed);
  });
}
