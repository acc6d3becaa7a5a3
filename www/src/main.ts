/** Assembles the page: store, predictor and trainer, then each section. Those of Train come later (train/load.ts). */
import { App } from "./app.js";
import { mount as mountAttention } from "./attention/index.js";
import { startPredictor } from "./client/predictor.js";
import { showSilence } from "./client/silence.js";
import { showStatus } from "./client/status.js";
import { startTrainer } from "./client/trainer.js";
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
import { mount as mountSee } from "./see/index.js";
import { openStore } from "./store/open.js";
import { mount as mountStructure } from "./structure/index.js";
import { t } from "./text/language.js";
import { useKeptLanguage } from "./text/load.js";
import { mount as mountLanguage } from "./text/switch.js";
import { hearDrops, mount as mountTrain } from "./train/load.js";
import { byId, showError } from "./ui/dom.js";
import { mountParts, type Part } from "./ui/parts.js";
import { measureHeader } from "./ui/place.js";
import { mountViews } from "./views/index.js";

/** In the order of the page. */
const PARTS: readonly Part[] = [
  ["canvas", mountDraw],
  ["strip", mountFlow],
  ["explanation", mountHow],
  ["attention", mountSee],
  ["numbers", mountAttention],
  ["structure", mountStructure],
  ["training", mountTrain],
  ["foot", mountFoot],
  ["language", mountLanguage],
  ["presentation", mountPresent],
  ["lessons", mountLessons],
  // Last: all others listen to what a link asks for.
  ["links", mountLink],
];

/** The trainer's events also update the state of the page. */
function passOn(app: App, event: TrainerEvent): void {
  app.emit("trainer", event);
  if (event.type === "data") app.emit("data", event.data);
  if (event.type === "run") {
    app.emit("run", event.run);
    app.emit("runs", null);
  }
}

async function start(): Promise<void> {
  hearDrops();
  const predictor = watched(startPredictor((error) => showError(error, [{ label: t("Reload"), run: () => location.reload() }])));
  // Module and model are fetched while the store opens.
  sendForShipped();
  predictor.call("limits", {}).catch(() => undefined);
  // All that follows puts texts on the page.
  const untranslated = await useKeptLanguage();
  const store = await openStore();
  const trainer = watched(startTrainer(store, () => app.last("settings")?.device ?? "auto"));
  const app = new App(predictor, trainer, store);
  trainer.onEvent((event) => passOn(app, event));
  measureHeader(byId("header", HTMLElement));
  mountViews();
  showStatus(app);
  showSilence(app);
  mountParts(app, PARTS);
  keepOffline(app);
  if (untranslated) showError(untranslated);
}

// Not awaited at the top level: WebKit does not report errors thrown there. start.ts hears of both.
start().then(
  () => document.dispatchEvent(new Event("page-ready")),
  (error: unknown) => document.dispatchEvent(new CustomEvent("page-failed", { detail: error })),
);
