/** The run: its buttons, its live curves and figures, and its recovery from failures and reloads. */
import type { App } from "../app.js";
import { problem } from "../client/errors.js";
import { report } from "../client/report.js";
import { onNews } from "../client/tabs.js";
import type { Event } from "../protocol/engine.js";
import type { RunRecord, TrainerEvent } from "../protocol/messages.js";
import { stepsPerEpoch } from "../store/history.js";
import { t } from "../text/language.js";
import { announce, throttle } from "../ui/announce.js";
import { byId, showError, type Action as Button } from "../ui/dom.js";
import { duration, percent, plural } from "../ui/format.js";
import { curves } from "./curves.js";
import { createRunControls } from "./run-controls.js";
import {
  clearFigures, positionOf, showBest, showEnd, showEvaluating, showLive, showPlace, showProgress, showSaved,
} from "./figures.js";
import { deletedElsewhere } from "./deleted.js";
import { endPanel } from "./end.js";
import { forgetCurve, keepCurve, keptCurve } from "./kept-curve.js";
import { hideKept, hideKeptOf, offerKept } from "./kept.js";
import { live } from "./live.js";
import { clearNotices, showFailure, showWarning, takeBack } from "./notices.js";
import { plan } from "./plan.js";
import { requests } from "./requests.js";
import { describe } from "./state.js";
import { epochTable } from "./table.js";

/** The least time between two saves of the curve, in milliseconds. */
const CURVE_PAUSE = 2000;

type Failed = Extract<TrainerEvent, { type: "failed" | "run-failed" }>;

/** Starts the run part of the page. */
export function mount(app: App): void {
  let run: RunRecord | null = null;
  /** Steps per epoch of the run; null while unknown. */
  let steps: number | null = null;
  const charts = curves();
  const showPlan = plan(app);
  const showEnded = endPanel(app);
  const showTable = epochTable();
  const model = live(app);
  const controls = createRunControls((action) => void ask.press(action));
  /** Shows the plan before a run, the figures from its start, and the results at its end. */
  function arrange(): void {
    const { phase } = controls.state;
    showPlan(run === null && phase !== "starting");
    // At once when Start is pressed: the user expects the layout to change then.
    showLive(run !== null || phase === "starting");
    showEnded(phase === "finished" ? run : null);
  }
  function keepPoints(): void {
    if (run && charts.points.length > 0) keepCurve(run.id, charts.points);
  }
  const ask = requests(app, controls, { run: () => run, clear, taken, left, asked: arrange });

  function clear(): void {
    run = null;
    steps = null;
    clearNotices();
    hideKept();
    clearFigures();
    charts.clear();
    charts.teach(null);
    showTable([]);
    arrange();
  }
  function taken(record: RunRecord): void {
    controls.dispatch({ type: "begun", paused: record.state === "paused" });
    controls.dispatch({ type: "kept", resumable: record.resumable });
    model.begin();
    app.emit("held", record.id);
    // After a reload, the page has no points of its own. Those beyond the checkpoint are dropped when the run passes
    // them again.
    if (charts.points.length === 0) charts.restore(keptCurve(record.id));
    app.emit("run", record);
    stands(record, record.at ?? { epoch: record.history.length + 1, step: 0 });
  }
  function stands({ settings, history }: RunRecord, { epoch, step }: { epoch: number; step: number }): void {
    const place = { epoch, step, epochs: settings.train.epochs, steps: steps ?? stepsPerEpoch(history) };
    controls.stands(place);
    showPlace(place);
  }
  function left(): void {
    model.end();
    clear();
    app.emit("held", null);
    app.emit("run", null);
  }
  function showRun(record: RunRecord | null): void {
    run = record;
    arrange();
    if (!record) return;
    charts.plan(record.settings.train.epochs);
    charts.teach(record.teacher ?? null);
    if (record.resumable !== controls.state.resumable) controls.dispatch({ type: "kept", resumable: record.resumable });
    charts.setRows(record.history);
    showBest(record.history);
    showTable(record.history);
  }
  function session(event: Event): void {
    controls.dispatch({ type: "session", event });
    if (event.type === "progress") {
      steps = event.steps_per_epoch;
      controls.stands(positionOf(event));
      showProgress(event, run?.settings.train.batch_size ?? 1);
      charts.add(event);
    } else if (event.type === "evaluating") {
      showEvaluating(event.part, event.done, event.total);
    } else if (event.type === "epoch" && event.row.validation_accuracy !== null) {
      keepSoon();
      announce(t("Epoch {epoch}: validation accuracy {share}.", { epoch: event.row.epoch, share: percent(event.row.validation_accuracy) }));
    } else if (event.type === "finished") {
      model.end();
      showEnd();
      keepPoints();
      arrange();
      announce(`${describe(controls.state)}${run ? ` ${summary(run)}` : ""}`);
    }
  }
  function failed(event: Failed): void {
    // Without a run, the caller of the trainer handles the failure. A run that has ended stays ended.
    if (controls.state.phase === "idle" || controls.state.phase === "finished" || !run) return model.lost();
    const { id } = run;
    controls.dispatch({ type: "failed", resumable: event.resumable });
    model.lost();
    showFailure(event.error, waysOn(event, (device) => void ask.resume(id, device)));
  }

  // Epochs may last only a moment.
  const keepSoon = throttle(keepPoints, CURVE_PAUSE);

  const again: Button = { label: t("Try again"), run: () => void app.trainer.call("save", {}).catch(showError) };
  function savedAgain(): void {
    takeBack("not-saved");
    announce(t("The run is kept again."));
    byId("run-saved-note", HTMLElement).textContent = t("The run is kept again.");
  }
  function deleted(): void {
    if (run) deletedElsewhere(app, run, controls.state.phase === "running" || controls.state.phase === "paused");
  }

  app.on("run", showRun);
  arrange();
  app.on("run-deleted", (id) => {
    hideKeptOf(id);
    forgetCurve(id);
    if (run?.id === id) deleted();
  }, false);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) keepPoints();
  });
  globalThis.addEventListener("pagehide", keepPoints);
  onNews((news) => {
    if (news.type === "deleted") app.emit("run-deleted", news.id);
    // Another tab wants to delete it. If it is not in training, nothing prevents that.
    const training = controls.state.phase === "running" || controls.state.phase === "paused";
    if (news.type === "end" && news.id === run?.id && training) void ask.press("stop");
  });
  app.on("trainer", (event) => {
    switch (event.type) {
      case "session": return event.events.forEach(session);
      case "at": return run ? stands(run, event) : undefined;
      case "saved":
        byId("run-saved-note", HTMLElement).textContent = "";
        return showSaved(event.at);
      case "alone": return showWarning(event.type, problem("device", event.problem, event.help));
      case "not-saved": return showWarning(event.type, problem("file", event.problem, event.help), [again]);
      case "saved-again": return savedAgain();
      case "deleted": return deleted();
      // A race takes the place of the run.
      case "race": return run ? left() : undefined;
      case "failed":
        app.emit("held", null);
        return failed(event);
      case "run-failed": return failed(event);
      case "epoch": return model.offer(event.weights, t("the model in training, after epoch {epoch}", { epoch: event.detail.epoch }));
      case "live": return model.offer(event.weights, t("the model in training, epoch {epoch}", { epoch: event.epoch }));
      case "run":
      case "data":
      case "reading":
      case "silence":
      case "race-weights":
      case "race-run":
      case "race-stored":
      case "race-failed":
      case "late": return;
      case "device-lost": return showError(problem("device", event.problem, event.help));
    }
  }, false);
  app.on("epoch-shown", (epoch) => charts.mark(epoch));
  app.on("resume-run", (id) => void ask.resume(id), false);
  app.on("stop-run", () => void ask.press("stop"), false);
  app.on("start-from", (given) => void ask.start(given), false);
  // Without the offer, the run is still in the list of kept runs.
  const offer = (): void => void offerKept(app, (id) => void ask.resume(id)).catch(report);
  offer();
  if (app.store.waiting) void app.store.opening.then(offer);
}

/** The ways to continue a failed run. Resuming a diverged one would diverge again. */
function waysOn(
  { error, device, resumable }: Failed, resume: (device?: "cpu") => void,
): Button[] {
  if (!resumable || error.kind === "diverged") return [];
  const again: Button = { label: t("Resume from the last checkpoint"), run: () => resume() };
  return device === "gpu" ? [again, { label: t("Continue on the CPU"), run: () => resume("cpu") }] : [again];
}

/** A short summary of a finished run. */
function summary({ history }: RunRecord): string {
  const last = history.at(-1);
  if (!last) return "";
  const time = t("{epochs} in {time}", { epochs: plural(history.length, "epoch"), time: duration(last.seconds) });
  if (last.validation_accuracy === null) return `${time}.`;
  return `${time}. ${t("Validation accuracy {share}.", { share: percent(last.validation_accuracy) })}`;
}
