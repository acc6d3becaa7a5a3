/** A run that was interrupted is kept in the browser: one click continues it. */
import type { App } from "../app.js";
import { plain } from "../client/errors.js";
import { runsInTraining, tellTabs } from "../client/tabs.js";
import type { RunRecord } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { byId, el, showError } from "../ui/dom.js";
import { moment } from "../ui/format.js";

/** How long to wait, in milliseconds: after a reload, the old page's worker may briefly keep the run's lock. */
const PATIENCE = 1500;

const CUT_SHORT: RunRecord["state"][] = ["running", "paused", "failed"];

/** Offers the newest interrupted run; `resume` continues it. */
export async function offerKept(app: App, resume: (id: string) => void): Promise<void> {
  const runs = await app.store.runs().catch(() => []);
  const waiting = runs.filter((run) => run.resumable && CUT_SHORT.includes(run.state));
  const newest = waiting.sort((a, b) => b.created - a.created)[0];
  if (!newest || (await inAnotherTab(newest.id))) return;
  // The user may have started a run in the meantime.
  if (!app.last("run")) show(app, newest, resume);
}

/** Whether another tab is training this run and holds its lock. */
async function inAnotherTab(id: string): Promise<boolean> {
  const held = async (): Promise<boolean> => (await runsInTraining()).has(id);
  if (!(await held())) return false;
  await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  return held();
}

/** Removes the offer. */
export function hideKept(): void {
  byId("run-kept", HTMLElement).replaceChildren();
}

/** Removes the offer if it is for this run. */
export function hideKeptOf(id: string): void {
  const offer = byId("run-kept", HTMLElement);
  if (offer.dataset["run"] === id) hideKept();
}

function show(app: App, run: RunRecord, resume: (id: string) => void): void {
  const go = (): void => resume(run.id);
  const leave = async (): Promise<void> => {
    hideKept();
    await app.store.updateRun(run.id, { state: "stopped" });
    app.emit("runs", null);
    tellTabs({ type: "runs" });
  };
  const offer = byId("run-kept", HTMLElement);
  offer.dataset["run"] = run.id;
  offer.replaceChildren(el(
    "div", { class: "card run-kept" },
    el("p", {}, el("strong", {}, t("Your run “{name}”", { name: run.name })), ` ${stoppedText(run)}`),
    el("div", { class: "row" },
      el("button", { type: "button", id: "run-kept-resume", class: "primary", onclick: go }, t("Resume")),
      el("button", {
        type: "button", id: "run-kept-leave",
        onclick: () => void leave().catch((error: unknown) => showError(plain(error, "file"))),
      }, t("Leave it")),
      el("span", { class: "quiet small" }, t("Otherwise it stays in your runs below."))),
  ));
}

/** When it began and where it stopped: the rest of the sentence after its name. */
function stoppedText({ created, at, history }: RunRecord): string {
  const begun = moment(created);
  if (at) return t("of {begun} stopped at epoch {epoch}, step {step}.", { begun, epoch: at.epoch, step: at.step });
  if (history.length === 0) return t("of {begun} stopped in its first epoch.", { begun });
  return t("of {begun} stopped after epoch {epoch}.", { begun, epoch: history.length });
}
