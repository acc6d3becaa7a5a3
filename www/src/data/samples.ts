/** A sample of a file: some images of each class, or any images if there are no labels. */
import type { App } from "../app.js";
import type { FileReport } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { onColoursChange } from "../ui/colour.js";
import { byId, el } from "../ui/dom.js";
import { plural } from "../ui/format.js";
import { className, listed, shortened } from "../ui/names.js";
import { paintSheet, type Sheet, type Tile } from "../ui/sheet.js";

/** Images shown per class. */
const PER_CLASS = 5;
/** With more classes than this, images of any class are shown. */
const MOST_CLASSES = 12;
const ANY = 50;
/** Bytes of pixels to search for images of each class. */
const BUDGET = 8e6;

/** The samples of all files. */
export interface Samples {
  /** Shows samples of the current files. */
  show(files: FileReport[]): void;
}

/** Creates the samples. */
export function createSamples(app: App): Samples {
  const canvas = byId("data-samples", HTMLCanvasElement);
  const select = byId("data-samples-file", HTMLSelectElement);
  let files: FileReport[] = [];
  let sheet: Sheet | null = null;
  let asked = 0;
  let width = 0;

  const load = async (): Promise<void> => {
    const file = files.find((one) => String(one.id) === select.value);
    if (!file) return;
    const turn = ++asked;
    const indices = randomIndices(file.images, lookThrough(file.side));
    const found = await app.trainer.call("fileImages", { id: file.id, indices });
    if (turn !== asked) return;
    sheet = chosen(found, file);
    canvas.setAttribute("aria-label", describe(sheet, file));
    paintSheet(canvas, sheet);
  };
  // A file removed in the meantime has no samples; the list shows that already.
  const reload = (): void => void load().catch(() => undefined);
  const repaint = (): void => {
    if (sheet) paintSheet(canvas, sheet);
  };

  byId("data-samples-again", HTMLButtonElement).addEventListener("click", reload);
  select.addEventListener("change", reload);
  onColoursChange(repaint);
  new ResizeObserver(([entry]) => {
    const now = Math.round(entry?.contentRect.width ?? 0);
    if (now !== width) repaint();
    width = now;
  }).observe(canvas.parentElement ?? canvas);

  return {
    show(next) {
      const before = select.value;
      const known = new Set(files.map(looksOf));
      files = next.filter(({ images }) => images > 0);
      select.replaceChildren(...files.map((file) => el("option", { value: file.id }, shortened(file.name))));
      byId("data-samples-pick", HTMLElement).hidden = files.length < 2;
      const fresh = files.find((file) => !known.has(looksOf(file)));
      if (fresh) select.value = String(fresh.id);
      else if (files.some((file) => String(file.id) === before)) select.value = before;
      if (select.value !== before || fresh) reload();
    },
  };
}

/** What the samples of a file depend on: if it changes, they are repainted. */
function looksOf({ id, orientation, labelled, class_names }: FileReport): string {
  return JSON.stringify([id, orientation, labelled, class_names]);
}

function lookThrough(side: number): number {
  return Math.max(ANY, Math.min(600, Math.floor(BUDGET / (side * side))));
}

/** `count` different numbers below `total`, or all of them if there are fewer. */
function randomIndices(total: number, count: number): number[] {
  if (total <= count) return shuffled(Array.from({ length: total }, (_, index) => index));
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(Math.floor(Math.random() * total));
  return [...chosen];
}

function shuffled(items: number[]): number[] {
  return items.map((item) => [Math.random(), item] as const).sort((a, b) => a[0] - b[0]).map(([, item]) => item);
}

function chosen(found: { side: number; pixels: Uint8Array; labels: number[] }, file: FileReport): Sheet {
  const { side, pixels, labels } = found;
  const classes = file.class_counts.length;
  if (file.labelled && classes <= MOST_CLASSES) {
    const tiles = byClass(labels, classes, file.class_names);
    return { side, pixels, tiles, columns: Math.max(classes, 5) };
  }
  const tiles = labels.slice(0, ANY).map((label, image) =>
    ({ image, caption: label < 0 ? "" : className(file.class_names, label) }));
  return { side, pixels, tiles, columns: 10 };
}

/** One column per class, row by row; the smallest class limits the number of rows. */
function byClass(labels: number[], classes: number, names: string[]): Tile[] {
  const columns = Array.from({ length: classes }, (_, label) =>
    labels.flatMap((own, image) => (own === label ? [{ image, caption: className(names, label) }] : [])).slice(0, PER_CLASS));
  const rows = Math.min(...columns.map((column) => column.length));
  // If a class has no images, columns would not line up: the images then simply follow each other.
  if (rows === 0) return columns.flat();
  return Array.from({ length: rows }, (_, row) => columns.flatMap((column) => column.slice(row, row + 1))).flat();
}

function describe(sheet: Sheet, file: FileReport): string {
  const what = { images: plural(sheet.tiles.length, "sample image"), name: shortened(file.name) };
  const labels = [...new Set(sheet.tiles.map((tile) => tile.caption).filter(Boolean))];
  if (labels.length === 0) return t("{images} of {name}, without labels", what);
  return t("{images} of {name}, labelled {labels}", { ...what, labels: listed(labels, MOST_CLASSES) });
}
