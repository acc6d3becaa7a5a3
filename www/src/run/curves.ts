/** The live curves of loss and accuracy, with options for scale, smoothing and axis. */
import type { EpochRow, Progress } from "../protocol/engine.js";
import { stepsPerEpoch } from "../store/history.js";
import { t } from "../text/language.js";
import { oncePerFrame, throttle } from "../ui/announce.js";
import { chart, type Chart, type ChartOptions, type Line } from "../ui/chart.js";
import { token } from "../ui/colour.js";
import { byId } from "../ui/dom.js";
import { decimal, integer, percent } from "../ui/format.js";
import { addRead, columns, noReads, readsOf, withTeacher, type Measure, type Read, type TeacherCurve } from "./series.js";

/** The least time between two drawings, in milliseconds. */
const PAUSE = 200;

const lines = (): Line[] => [
  { label: t("training, raw"), colour: () => token("train"), width: 1, faint: true },
  { label: t("training"), colour: () => token("train"), width: 1 },
  { label: t("training, epoch mean"), colour: () => token("train"), width: 3 },
  { label: t("validation"), colour: () => token("validation"), width: 3, dash: [8, 4] },
];

/** The lines of a run that has a teacher. */
const teacherLines = (): Line[] => [
  { label: t("teacher"), colour: () => token("tint"), width: 2, dash: [2, 3] },
  { label: t("teacher in its own training"), colour: () => token("tint"), width: 1 },
];

const LOSS: Measure = {
  read: (read) => read.loss,
  train: (row) => row.train_loss,
  validation: (row) => row.validation_loss,
};
const ACCURACY: Measure = {
  read: (read) => read.accuracy,
  train: (row) => row.train_accuracy,
  validation: (row) => row.validation_accuracy,
};
/** On a logarithmic scale, accuracy is shown as the error rate. */
const ERROR: Measure = {
  read: (read) => 1 - read.accuracy,
  train: (row) => 1 - row.train_accuracy,
  validation: (row) => (row.validation_accuracy === null ? null : 1 - row.validation_accuracy),
};

/** The curves on the page. */
export interface Curves {
  add(progress: Progress): void;
  setRows(rows: EpochRow[]): void;
  /** Sets the number of planned epochs, which is the initial extent of the axis. */
  plan(epochs: number): void;
  /** The points drawn between epochs, to be saved. */
  readonly points: readonly Read[];
  /** Restores the saved points of a run. */
  restore(points: readonly Read[]): void;
  /** Marks an epoch (null: none). */
  mark(epoch: number | null): void;
  /** Sets the teacher of the run (null: none). */
  teach(teacher: TeacherCurve | null): void;
  /** Clears all curves. */
  clear(): void;
}

/** Creates both charts and connects their options. */
export function curves(): Curves {
  const log = byId("run-log", HTMLInputElement);
  const smoothing = byId("run-smoothing", HTMLInputElement);
  const unit = byId("run-unit", HTMLSelectElement);
  let reads = noReads();
  let rows: EpochRow[] = [];
  let steps = 1;
  let planned = 1;
  let marked: number | null = null;
  let teacher: TeacherCurve | null = null;
  let charts: { loss: Chart; accuracy: Chart } | null = null;

  const scale = (): number => (unit.value === "steps" ? steps : 1);
  const length = (): number => planned * scale();
  const place = (x: number): string => {
    const epochs = x / scale();
    return t("Epoch {epoch}, step {step}", { epoch: decimal(epochs, 2), step: integer(epochs * steps) });
  };
  const build = (): void => {
    charts?.loss.destroy();
    charts?.accuracy.destroy();
    charts = {
      loss: chart(byId("run-loss", HTMLElement), { ...lossOptions(log.checked), place, length }),
      accuracy: chart(byId("run-accuracy", HTMLElement), { ...accuracyOptions(log.checked, teacher !== null), place, length }),
    };
    draw();
  };
  const drawOne = (chart: Chart, measure: Measure): void => {
    const possible = log.checked ? (value: number) => value > 0 : Number.isFinite;
    const drawn = columns(reads.points, rows, measure, Number(smoothing.value), possible);
    // The teacher's loss is not compared: it learned from other images, or another objective.
    const taught = teacher && chart === charts?.accuracy
      ? withTeacher(drawn, teacher, planned, (accuracy) => (log.checked ? Math.max(1 - accuracy, 1e-4) : accuracy))
      : null;
    const { x, raw, smoothed, train, validation } = taught?.columns ?? drawn;
    const factor = scale();
    const beside = taught ? [taught.accuracy, taught.own] : [];
    chart.set([factor === 1 ? x : x.map((value) => value * factor), raw, smoothed, train, validation, ...beside]);
    chart.mark(marked === null ? null : marked * factor);
  };
  const draw = (): void => {
    if (!charts) return;
    drawOne(charts.loss, LOSS);
    drawOne(charts.accuracy, log.checked ? ERROR : ACCURACY);
  };
  const soon = throttle(oncePerFrame(draw), PAUSE);

  log.addEventListener("change", build);
  unit.addEventListener("change", draw);
  smoothing.addEventListener("input", () => {
    byId("run-smoothing-text", HTMLOutputElement).textContent = smoothingText(Number(smoothing.value));
    soon();
  });
  build();
  return {
    add(progress) {
      steps = progress.steps_per_epoch;
      addRead(reads, progress);
      soon();
    },
    setRows(given) {
      rows = given;
      steps = stepsPerEpoch(rows) ?? steps;
      soon();
    },
    plan(epochs) {
      planned = epochs;
      soon();
    },
    get points() {
      return reads.points;
    },
    restore(points) {
      reads = readsOf(points);
      soon();
    },
    mark(epoch) {
      marked = epoch;
      soon();
    },
    teach(now) {
      const before = teacher;
      teacher = now;
      if ((before === null) !== (now === null)) build();
      else soon();
    },
    clear() {
      reads = noReads();
      rows = [];
      marked = null;
      planned = 1;
      soon();
    },
  };
}

function smoothingText(factor: number): string {
  return factor === 0 ? t("off") : decimal(factor, 2);
}

type Options = Omit<ChartOptions, "place" | "length">;

function lossOptions(log: boolean): Options {
  return {
    title: t("Loss"), lines: lines(), log, percent: false, bounds: [0, Infinity], sync: "run",
    format: (value) => decimal(value, 3),
  };
}

function accuracyOptions(log: boolean, taught: boolean): Options {
  return {
    title: t(log ? "Error rate" : "Accuracy"), lines: taught ? [...lines(), ...teacherLines()] : lines(), log, percent: true, bounds: [0, 1], sync: "run",
    format: (value) => percent(value, 2),
  };
}
