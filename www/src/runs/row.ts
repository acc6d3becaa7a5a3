/** A kept run as a row of the table. It is updated in place, so that the focus stays where it is. */
import type { RunRecord } from "../protocol/messages.js";
import { bestRow } from "../store/history.js";
import { bytesOf } from "../store/prune.js";
import { el, type Child } from "../ui/dom.js";
import { bytes, duration, integer, moment, percent } from "../ui/format.js";
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

const STATES: Record<RunRecord["state"], string> = {
  running: "in training", paused: "paused", stopped: "stopped", finished: "finished", failed: "interrupted",
};

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
  const cells = ["Model", "Data", "Epochs", "Best validation", "Test", "Time"].map((label) =>
    el("td", { role: "cell", "data-label": label }));
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
      tick.setAttribute("aria-label", `Compare ${run.name}`);
      swatch.style.backgroundColor = colour;
      if (document.activeElement !== name) name.value = run.name;
      name.setAttribute("aria-label", `Name of the run of ${moment(run.created)}`);
      when.textContent = `${moment(run.created)}, ${stateText(run, standing)}`;
      values(run).forEach((value, i) => cells[i]?.replaceChildren(...value));
      buttons.update(run, standing);
    },
  };
}

function stateText(run: RunRecord, { current, elsewhere, deleted }: Standing): string {
  if (deleted) return `${STATES[run.state]}, deleted`;
  if (elsewhere) return run.state === "paused" ? "paused in another tab" : "in training in another tab";
  const cutShort = !current && run.state === "running";
  return cutShort ? "interrupted" : STATES[run.state];
}

function values(run: RunRecord): Node[][] {
  const best = bestRow(run.history);
  const { material, files } = run.data;
  const one = (text: string): Node[] => [document.createTextNode(text)];
  const two = (first: string, second: string): Node[] => [...one(first), el("span", { class: "quiet small" }, second)];
  return [
    two(run.preset, `${integer(run.parameters)} parameters`),
    two(files.map((file) => shortened(file.name, 40)).join(", "), `${integer(material.train)} training images`),
    two(`${run.history.length} of ${run.settings.train.epochs}`, keptText(run)),
    best ? two(percent(best.validation_accuracy ?? NaN, 2), `epoch ${best.epoch}`) : one("–"),
    one(run.test ? percent(run.test.accuracy, 2) : "–"),
    one(duration(run.history.at(-1)?.seconds ?? NaN)),
  ];
}

/** The number of epochs that can be shown, if not all were kept, and the storage that the run uses. */
function keptText(run: RunRecord): string {
  const taken = bytesOf(run);
  const some = run.epochs.length > 0 && run.epochs.length < run.history.length;
  return [some ? `${run.epochs.length} kept` : "", taken > 0 ? bytes(taken) : ""].filter((text) => text !== "").join(", ");
}

interface Buttons { element: HTMLElement; update(run: RunRecord, standing: Standing): void }

function makeButtons(id: string, actions: RowActions): Buttons {
  const button = (label: string, run: () => void, kind = ""): HTMLButtonElement =>
    el("button", { type: "button", class: kind, onclick: run }, label);
  const show = button("Show", () => actions.show(id));
  const resume = button("Resume", () => actions.resume(id));
  const model = button("Model", () => actions.saveModel(id));
  const metrics = button("Metrics", () => actions.saveMetrics(id));
  const remove = button("Delete", () => ask(true), "danger");
  const really = button("Delete for good", () => actions.remove(id), "danger");
  const keep = button("Keep", () => ask(false));
  const usual: Child[] = [show, resume, model, metrics, remove];
  const words = el("span", {}, DELETE);
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
        [show, "Show the results of"], [resume, "Resume"], [model, "Download the best model of"],
        [metrics, "Download the metrics of"], [remove, "Delete"],
      ] as const) one.setAttribute("aria-label", `${label} ${run.name}`);
      show.disabled = deleted || run.epochs.length === 0;
      resume.disabled = current || elsewhere || !run.resumable || run.state === "finished";
      resume.title = elsewhere ? "It is in training in another tab" : "";
      words.textContent = elsewhere ? DELETE_ELSEWHERE : DELETE;
      model.disabled = deleted || run.epochs.length === 0;
      metrics.disabled = run.history.length === 0;
      remove.disabled = current;
      remove.title = current ? "Reset the run first" : "";
    },
  };
}
