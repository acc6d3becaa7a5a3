/**
 * Fetches Train's view, its script and its styles: a moment after the model has arrived, so that nobody waits for it
 * before the first prediction, or as soon as something needs it. Until then the view shows that it is loading.
 */
import type { App, BroughtFiles } from "../app.js";
import { fetchScript, fetchStyles } from "../client/script.js";
import { parseLink } from "../link/address.js";
import { savesData } from "../offline/intent.js";
import { noteOutdated } from "../offline/outdated.js";
import { t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { errorSentence } from "../ui/format.js";
import { whenIdle } from "../ui/announce.js";
import { arrive } from "../views/index.js";
import { onView, reveal } from "../views/reveal.js";
import { listenForDrops } from "./drop.js";

/** The names of the view's files, relative to this script: the build inserts them. */
declare const __TRAIN_SCRIPT__: string;
declare const __TRAIN_STYLES__: string;

/** The exports of the view's script. */
interface Script {
  mountTrain(app: App): void;
}

/** Files that were dropped and are not handed over yet. */
const brought: BroughtFiles[] = [];
let inTraining = (): boolean => false;
let dropped = (): void => undefined;

/** Hears of dropped files from the page's very start: a browser would open them in the place of the page. */
export function hearDrops(): void {
  listenForDrops((files) => {
    brought.push(files);
    dropped();
  }, () => !inTraining());
}

/** Loads the view when it is needed. */
export function mount(app: App): void {
  const view = byId("train", HTMLElement);
  const waiting = byId("train-waiting", HTMLElement);
  const loading = [...waiting.childNodes];
  let ready = false;
  let arriving = false;

  const load = async (): Promise<void> => {
    const [script] = await Promise.all([
      fetchScript<Script>(beside(__TRAIN_SCRIPT__), t("This part of the page")),
      fetchStyles(beside(__TRAIN_STYLES__), t("This part of the page")),
    ]);
    waiting.remove();
    // Shown before it starts: its sections measure themselves.
    view.classList.add("ready");
    script.mountTrain(app);
    ready = true;
    handOver();
    arrive(view);
  };
  const need = (): void => {
    if (ready || arriving) return;
    arriving = true;
    waiting.replaceChildren(...loading);
    load().catch(failed).finally(() => (arriving = false));
  };
  const failed = (error: Error): void => {
    noteOutdated(error);
    waiting.replaceChildren(el("div", { class: "notice bad row", role: "alert" },
      el("p", {}, errorSentence(error)),
      el("button", { type: "button", onclick: need }, t("Try again"))));
  };
  const handOver = (): void => {
    for (const files of brought.splice(0)) app.emit("files-brought", files);
  };

  inTraining = () => trains(app);
  dropped = () => {
    if (ready) return handOver();
    reveal(view);
    need();
  };
  if (brought.length > 0) dropped();
  onView((shown) => {
    if (shown === "train") need();
  });
  // The settings in a link apply in every view.
  const hear = (): void => {
    if (parseLink(location.hash).settings !== undefined) need();
  };
  addEventListener("hashchange", hear);
  hear();
  // A lesson may be about a run, or settings.
  app.on("lesson", (id) => {
    if (id !== null) need();
  });
  const soon = (): void => {
    if (!savesData()) whenIdle(need);
  };
  app.on("model", soon);
  app.on("model-missing", soon);
}

function trains(app: App): boolean {
  const state = app.last("run")?.state;
  return state === "running" || state === "paused";
}

function beside(name: string): string {
  return new URL(name, import.meta.url).href;
}
