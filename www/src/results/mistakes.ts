/** The panel of mistakes: the worst of all, or those of one cell of the matrix. */
import type { Confusion, EpochDetail, SamplePrediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { integer, plural } from "../ui/format.js";
import { className } from "../ui/names.js";
import { showCards, type OpenImage } from "./cards.js";
import type { Cell } from "./confusion.js";
import type { Pictures } from "./pictures.js";

/** Images shown at first, and added at each click on the button for more. */
const SHARE = 18;

/** The panel. */
export interface Mistakes {
  /** `onTest`: the matrix shows test images, whose mistakes are not stored. */
  show(detail: EpochDetail, confusion: Confusion, names: readonly string[], cell: Cell | null, onTest: boolean): void;
}

/** Connects the panel; `back` is called when the user leaves the selected cell. */
export function mistakesPanel(open: OpenImage, pictures: Pictures, back: () => void): Mistakes {
  const more = byId("results-more", HTMLButtonElement);
  const all = byId("results-all", HTMLButtonElement);
  const host = byId("results-mistakes", HTMLElement);
  const note = byId("results-mistakes-note", HTMLElement);
  let wanted = SHARE;
  let list: SamplePrediction[] = [];
  let shownFor = "";
  let called: readonly string[] = [];

  const draw = async (): Promise<void> => {
    more.hidden = list.length <= wanted;
    const drawn = list;
    const got = await showCards(open, pictures, host, list.slice(0, wanted), called);
    if (!got && drawn === list) note.textContent += ` ${t("The images are not loaded; resume the run to see them.")}`;
  };
  more.addEventListener("click", () => {
    wanted += 2 * SHARE;
    void draw();
  });
  all.addEventListener("click", back);
  return {
    show(detail, confusion, names, cell, onTest) {
      called = names;
      const key = cell ? `${cell.label}.${cell.prediction}` : "";
      if (key !== shownFor) wanted = SHARE;
      shownFor = key;
      all.hidden = cell === null;
      list = onTest ? [] : cell ? ofCell(detail, cell) : detail.mistakes;
      byId("results-mistakes-title", HTMLElement).textContent = titleOf(cell, names);
      const words = noteOf(detail, confusion, cell, list.length);
      note.textContent = onTest ? t("Images are shown for validation only.") : words;
      void draw();
    },
  };
}

function ofCell({ mistakes, samples }: EpochDetail, { label, prediction }: Cell): SamplePrediction[] {
  const from = label === prediction ? samples : mistakes;
  return from.filter((seen) => seen.label === label && seen.prediction === prediction);
}

function titleOf(cell: Cell | null, names: readonly string[]): string {
  if (!cell) return t("Worst mistakes");
  const label = className(names, cell.label);
  if (cell.label === cell.prediction) return t("{label}, correct", { label });
  return t("{label}, predicted as {prediction}", { label, prediction: className(names, cell.prediction) });
}

function noteOf({ mistakes }: EpochDetail, confusion: Confusion, cell: Cell | null, listed: number): string {
  if (!cell) {
    return mistakes.length === 0 ? t("None: every validation image is correct.") : t("The most confident first.");
  }
  const count = confusion[cell.label]?.[cell.prediction] ?? 0;
  if (count === 0) return t("No image.");
  if (listed === count) return t("{images}, the most confident first.", { images: plural(count, "image") });
  const all = plural(count, "image");
  return listed === 0 ? t("{images}; none of them is kept.", { images: all }) : t("{count} of {images}.", { count: integer(listed), images: all });
}
