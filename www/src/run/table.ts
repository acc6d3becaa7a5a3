/** The epochs of a run as a table: an accessible alternative to the curves. */
import type { EpochRow } from "../protocol/engine.js";
import { bestRow } from "../store/history.js";
import { t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { decimal, duration, integer, percent, significant } from "../ui/format.js";

/** The most rows shown: the newest. */
const MOST = 500;

/** Connects the table; the returned function shows rows, the newest first. It is filled only while it is open. */
export function epochTable(): (rows: EpochRow[]) => void {
  const details = byId("run-table", HTMLDetailsElement);
  let rows: EpochRow[] = [];
  const show = (): void => {
    if (details.open) fill(rows);
  };
  details.addEventListener("toggle", show);
  return (given) => {
    rows = given;
    show();
  };
}

function fill(rows: EpochRow[]): void {
  const body = byId("run-epochs", HTMLTableElement).tBodies[0];
  const best = bestRow(rows);
  body?.replaceChildren(...rows.slice(-MOST).reverse().map((row) => line(row, row === best)));
  byId("run-epochs-none", HTMLElement).hidden = rows.length > 0;
}

function line(row: EpochRow, best: boolean): HTMLTableRowElement {
  const cells = [
    decimal(row.train_loss, 4), percent(row.train_accuracy, 2), row.validation_loss === null ? "–" : decimal(row.validation_loss, 4),
    row.validation_accuracy === null ? "–" : percent(row.validation_accuracy, 2), significant(row.learning_rate, 3),
    integer(row.images_per_second), duration(row.seconds),
  ];
  const head = el("th", { scope: "row" }, best ? t("{epoch} (best)", { epoch: row.epoch }) : row.epoch);
  return el("tr", { class: best ? "best" : null }, head, ...cells.map((cell) => el("td", {}, cell)));
}
