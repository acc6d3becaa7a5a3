/** A kept run as a row of the table. It is updated in place, so that the focus stays where it is. */
import type { RunRecord } from "../protocol/messages.js";
import { bestRow } from "../store/history.js";
import { bytesOf } from "../store/prune.js";
import { t, type Text } from "../text/language.js";
import { el, type Child } from "../ui/dom.js";
import { bytes, duration, integer, moment, percent, plural } from "../ui/format.js";
import { shortened } from "../ui/names.js";

/** The user's actions on a run. */
export interface RowActions {
  select: (id: string, on: boolean) => void;
  rename: (id: string, name: string) => void;
  show: (id: string) => void;
  resume: (id: string) => void;
  saveModel: (id: string) => void;
  saveMetrics: (id: string) => void;
  remove: (id: string) => void;
}

/** The status of a run on the page. */
export interface Standing {
  selected: boolean;
  /** The colour of its curve, if it is compared. */
  colour: string;
  /** Whether the trainer of this tab has it. */
  current: boolean;
  /** Whether another tab is training it. */
  elsewhere: boolean;
  /** Whether it was deleted while this tab still has it. */
  deleted: boolean;
}

/** A row of the table. */
export interface Row {
  element: HTMLTableRowElement;
  update(run: RunRecord, standing: Standing): void;
}

const STATES = {
  running: "in training", paused: "paused", stopped: "stopped", finished: "finished", failed: "interrupted",
} as const satisfies Record<RunRecord["state"], Text>;

const DELETE = "Delete it with all its epochs?";
const DELETE_ELSEWHERE = "It is in training in another tab. Stop it there and delete it with all its epochs?";

/** A row for the run with this id. */
export function makeRow(id: string, actions: RowActions): Row {
  const tick = el("input", { type: "checkbox", onchange: () => actions.select(id, tick.checked) });
  const swatch = el("span", { class: "runs-swatch", "aria-hidden": "true" });
  const name = el("input", {
    type: "text", class: "runs-name", maxlength: 60, spellcheck: "false",
    onchange: () => actions.rename(id, name.value.trim()),
  });
  const when = el("span", { class: "quiet small" });
  const cells = (["Model", "Data", "Epochs", "Best validation", "Test", "Time"] as const).map((label) =>
    el("td", { role: "cell", "data-label": t(label) }));
  const buttons = makeButtons(id, actions);
  const element = el("tr", { role: "row" },
    el("td", { role: "cell", class: "runs-tick" }, el("label", {}, tick, swatch)),
    el("td", { role: "cell", class: "runs-run" }, name, when),
    ...cells, el("td", { role: "cell", class: "runs-actions" }, buttons.element));
  return {
    element,
    update(run, standing) {
      const { selected, colour } = standing;
      tick.checked = selected;
      tick.setAttribute("aria-label", t("Compare {name}", { name: run.name }));
      swatch.style.backgroundColor = colour;
      if (document.activeElement !== name) name.value = run.name;
      name.setAttribute("aria-label", t("Name of the run of {begun}", { begun: moment(run.created) }));
      when.textContent = `${moment(run.created)}, ${stateText(run, standing)}`;
      values(run).forEach((value, i) => cells[i]?.replaceChildren(...value));
      buttons.update(run, standing);
    },
  };
}

function stateText(run: RunRecord, { current, elsewhere, deleted }: Standing): string {
  if (deleted) return t("{state}, deleted", { state: t(STATES[run.state]) });
  if (elsewhere) return t(run.state === "paused" ? "paused in another tab" : "in training in another tab");
  const cutShort = !current && run.state === "running";
  return t(cutShort ? "interrupted" : STATES[run.state]);
}

function values(run: RunRecord): Node[][] {
  const best = bestRow(run.history);
  const { material, files } = run.data;
  const one = (text: string): Node[] => [document.createTextNode(text)];
  const two = (first: string, second: string): Node[] => [...one(first), el("span", { class: "quiet small" }, second)];
  return [
    two(run.preset, t("{count} parameters", { count: integer(run.parameters) })),
    two(files.map((file) => shortened(file.name, 40)).join(", "), plural(material.train, "training image")),
    two(t("{epoch} of {epochs}{best}", { epoch: run.history.length, epochs: run.settings.train.epochs, best: "" }), keptText(run)),
    best ? two(percent(best.validation_accuracy ?? NaN, 2), t("epoch {epoch}", { epoch: best.epoch })) : one("–"),
    one(run.test ? percent(run.test.accuracy, 2) : "–"),
    one(duration(run.history.at(-1)?.seconds ?? NaN)),
  ];
}

/** The number of epochs that can be shown, if not all were kept, and the storage that the run uses. */
function keptText(run: RunRecord): string {
  const taken = bytesOf(run);
  const some = run.epochs.length > 0 && run.epochs.length < run.history.length;
  return [some ? t("{count} kept", { count: run.epochs.length }) : "", taken > 0 ? bytes(taken) : ""].filter((text) => text !== "").join(", ");
}

interface Buttons { element: HTMLElement; update(run: RunRecord, standing: Standing): void }

function makeButtons(id: string, actions: RowActions): Buttons {
  const button = (label: string, run: () => void, kind = ""): HTMLButtonElement =>
    el("button", { type: "button", class: kind, onclick: run }, label);
  const show = button(t("Show"), () => actions.show(id));
  const resume = button(t("Resume"), () => actions.resume(id));
  const model = button(t("Model"), () => actions.saveModel(id));
  const metrics = button(t("Metrics"), () => actions.saveMetrics(id));
  const remove = button(t("Delete"), () => ask(true), "danger");
  const really = button(t("Delete for good"), () => actions.remove(id), "danger");
  const keep = button(t("Keep"), () => ask(false));
  const usual: Child[] = [show, resume, model, metrics, remove];
  const words = el("span", {}, t(DELETE));
  const question = el("span", { class: "row", hidden: true }, words, really, keep);
  const row = el("span", { class: "row" }, ...usual);
  const ask = (on: boolean): void => {
    question.hidden = !on;
    row.hidden = on;
    (on ? keep : remove).focus();
  };
  return {
    element: el("div", {}, row, question),
    update(run, { current, elsewhere, deleted }) {
      for (const [one, label] of [
        [show, "Show the results of {name}"], [resume, "Resume {name}"], [model, "Download the best model of {name}"],
        [metrics, "Download the metrics of {name}"], [remove, "Delete {name}"],
      ] as const) one.setAttribute("aria-label", t(label, { name: run.name }));
      show.disabled = deleted || run.epochs.length === 0;
      resume.disabled = current || elsewhere || !run.resumable || run.state === "finished";
      resume.title = elsewhere ? t("It is in training in another tab") : "";
      words.textContent = t(elsewhere ? DELETE_ELSEWHERE : DELETE);
      model.disabled = deleted || run.epochs.length === 0;
      metrics.disabled = run.history.length === 0;
      remove.disabled = current;
      remove.title = current ? t("Reset the run first") : "";
    },
  };
}
