/** Assembles the page: store, predictor and trainer, then each section. */
import { App } from "./app.js";
import { startPredictor } from "./client/predictor.js";
import { showSilence } from "./client/silence.js";
import { showStatus } from "./client/status.js";
import { startTrainer } from "./client/trainer.js";
import { mount as mountCost } from "./cost/index.js";
import { mount as mountData } from "./data/index.js";
import { mount as mountDraw } from "./draw/index.js";
import { sendForShipped } from "./draw/model.js";
import { mount as mountFoot } from "./foot/index.js";
import { mount as mountFlow } from "./flow/index.js";
import { mount as mountHow } from "./how/index.js";
import { mount as mountLessons } from "./lessons/index.js";
import { mount as mountLink } from "./link/index.js";
import { watched } from "./offline/outdated.js";
import { keepOffline } from "./offline/register.js";
import type { TrainerEvent } from "./protocol/messages.js";
import { mount as mountPresent } from "./present/index.js";
import { mount as mountRace } from "./race/index.js";
import { mount as mountResults } from "./results/index.js";
import { mount as mountRun } from "./run/index.js";
import { mount as mountRuns } from "./runs/index.js";
import { mount as mountSee } from "./see/index.js";
import { mount as mountSettings } from "./settings/index.js";
import { openStore } from "./store/open.js";
import { byId, showError } from "./ui/dom.js";
import { keepInPlace, measureHeader } from "./ui/place.js";
import { mountViews } from "./views/index.js";

/** In the order of the page. */
const parts: [name: string, mount: (app: App) => void][] = [
  ["canvas", mountDraw],
  ["strip", mountFlow],
  ["explanation", mountHow],
  ["attention", mountSee],
  ["data", mountData],
  ["settings", mountSettings],
  ["run", mountRun],
  ["results", mountResults],
  ["runs", mountRuns],
  ["race", mountRace],
  ["cost", mountCost],
  ["foot", mountFoot],
  ["presentation", mountPresent],
  ["lessons", mountLessons],
  // Last: all others listen to what a link asks for.
  ["links", mountLink],
];

/** A section that fails must not stop the others. */
function mountParts(app: App): void {
  for (const [name, mount] of parts) {
    try {
      mount(app);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      showError(new Error(`The ${name} part of the page does not work (${why}). Reload the page to try again.`));
    }
  }
}

/** The trainer's events also update the state of the page. */
function passOn(app: App, event: TrainerEvent): void {
  app.emit("trainer", event);
  if (event.type === "data") app.emit("data", event.data);
  if (event.type === "run") {
    app.emit("run", event.run);
    app.emit("runs", null);
  }
}

const reload = { label: "Reload", run: () => location.reload() };

async function start(): Promise<void> {
  const predictor = watched(startPredictor((error) => showError(error, [reload])));
  // Module and model are fetched while the store opens.
  sendForShipped();
  predictor.call("limits", {}).catch(() => undefined);
  const store = await openStore();
  const trainer = watched(startTrainer(store, () => app.last("settings")?.device ?? "auto"));
  const app = new App(predictor, trainer, store);
  trainer.onEvent((event) => passOn(app, event));
  measureHeader(byId("header", HTMLElement));
  mountViews();
  showStatus(app);
  showSilence(app);
  mountParts(app);
  keepOffline(app);
  // Start may add data, and a run locks it: the buttons must stay under the pointer.
  keepInPlace(byId("run-controls", HTMLElement), document.querySelectorAll("main > *, .part"));
}

// Not awaited at the top level: WebKit does not report errors thrown there. start.ts hears of both.
start().then(
  () => document.dispatchEvent(new Event("page-ready")),
  (error: unknown) => document.dispatchEvent(new CustomEvent("page-failed", { detail: error })),
);
