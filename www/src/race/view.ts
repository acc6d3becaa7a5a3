/** The race: its form, its buttons, its chart and its contestants. A script of its own, fetched when it is opened. */
import type { App } from "../app.js";
import type { Command, PatchworkError } from "../protocol/engine.js";
import type { TrainerEvent } from "../protocol/messages.js";
import { wakeLock } from "../run/wakelock.js";
import { t } from "../text/language.js";
import { announce, oncePerFrame } from "../ui/announce.js";
import { el, showError } from "../ui/dom.js";
import { errorSentence } from "../ui/format.js";
import { fileName, saveFile } from "../ui/save.js";
import { createAccuracyChart, type AccuracyChart } from "./accuracy.js";
import { createReadings } from "./readings.js";
import { createSetup } from "./setup.js";
import { createStandings, type Standings } from "./standings.js";
import { begin, isOpen, next, stored, type RaceState } from "./state.js";
import type { RaceTools } from "./tools.js";
import { describe, kept, result } from "./words.js";

/** Fills the card. */
export function createRace(app: App, host: HTMLElement, tools: RaceTools): void {
  let state: RaceState | null = null;
  let standings: Standings | null = null;
  let chart: AccuracyChart | null = null;
  const weights = new Map<number, Uint8Array>();
  const keepAwake = wakeLock();
  const readings = createReadings(tools, (index, reading) => standings?.read(index, reading), showError);

  const setup = createSetup(app, tools, () => void start());
  const pause = button("race-pause", t("Pause"), () => command(state?.phase === "paused" ? "resume" : "pause"));
  const stop = button("race-stop", t("Stop"), () => command("stop"));
  const words = el("p", { id: "race-state", role: "status" });
  const problem = el("p", { id: "race-problem", class: "notice bad small", hidden: true });
  const body = el("div", { class: "race-body" });
  const live = el("div", { id: "race-live", hidden: true }, el("div", { class: "row" }, pause, stop), words, problem, body, el("p", { class: "small quiet" }, kept()));
  host.replaceChildren(setup.element, live);

  const show = oncePerFrame(() => {
    if (state === null) return;
    words.textContent = describe(state);
    keepAwake(state.phase === "timing" || state.phase === "running");
    pause.textContent = state.phase === "paused" ? t("Resume") : t("Pause");
    pause.disabled = state.phase !== "running" && state.phase !== "paused";
    stop.disabled = !isOpen(state) || state.phase === "starting";
    standings?.show(state);
    chart?.show(state);
  });

  const start = async (): Promise<void> => {
    setup.enable(false);
    // The choice has folded: on a phone, what follows would have moved out of sight above.
    if (setup.element.getBoundingClientRect().top < 0) setup.element.scrollIntoView({ behavior: "instant" });
    try {
      if (inTraining(app)) throw new Error(t("A run is in training. Stop it, or wait for its end, then start the race."));
      await tools.prepare(app, setup.say);
      const asked = await setup.read();
      build(begin(asked.contestants.map(({ name }) => name), asked.budget));
      setup.say("");
      await app.trainer.call("startRace", asked);
    } catch (error) {
      setup.say("");
      failed(error as Error);
    }
  };

  /** Shows the parts for the contestants of a new race. */
  const build = (now: RaceState): void => {
    state = now;
    weights.clear();
    readings.forget();
    chart?.end();
    problem.hidden = true;
    standings = createStandings(now, tools, { use, save });
    chart = createAccuracyChart(now, tools);
    body.replaceChildren(standings.element, chart.element);
    live.hidden = false;
    show();
  };

  const failed = (error: PatchworkError | Error): void => {
    if (state !== null && isOpen(state)) state = { ...state, phase: "failed" };
    problem.textContent = errorSentence(error);
    problem.hidden = false;
    live.hidden = false;
    setup.enable(true);
    show();
  };

  const command = (type: "pause" | "resume" | "stop"): void => {
    app.trainer.call("commandRace", { command: { type } as Command }).catch(failed);
  };
  const name = (index: number): string => state?.racers[index]?.name ?? t("contestant");
  const use = (index: number): void => {
    const model = weights.get(index);
    if (model) app.emit("use-model", { source: "epoch", label: t("the race’s {name}", { name: name(index) }), weights: model });
  };
  const save = (index: number): void => {
    const model = weights.get(index);
    if (model) saveFile(`${fileName(name(index))}.safetensors`, model, "application/octet-stream");
  };

  const hear = (event: TrainerEvent): void => {
    if (state === null) return;
    switch (event.type) {
      case "race":
        state = event.events.reduce(next, state);
        if (event.events.some(({ type }) => type === "finished")) {
          setup.enable(true);
          announce(`${t("The race is over.")} ${result(state)}`);
        }
        return show();
      case "race-weights":
        weights.set(event.contestant, event.weights);
        standings?.ready(event.contestant);
        return readings.update(event.contestant, event.weights);
      case "race-run":
        state = stored(state, event.contestant, event.id);
        return app.emit("runs", null);
      case "race-stored": return app.emit("runs", null);
      case "race-failed": return failed(event.error);
      case "failed":
        if (isOpen(state)) failed(event.error);
        return;
    }
  };
  app.on("trainer", hear, false);
  app.on("drawing", (drawing) => readings.draw(drawing));
}

function button(id: string, text: string, press: () => void): HTMLButtonElement {
  return el("button", { type: "button", id, onclick: press }, text);
}

function inTraining(app: App): boolean {
  const state = app.last("run")?.state;
  return state === "running" || state === "paused";
}
