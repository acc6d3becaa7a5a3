/** A run that was cut short waits in the browser: one click goes on with it. */
import type { App } from "../app.js";
import type { RunRecord } from "../protocol/messages.js";
import { byId, el } from "../ui/dom.js";
import { moment } from "../ui/format.js";

/** The worker of a page that was just reloaded may hold its run for a moment. */
const PATIENCE = 1500;

const CUT_SHORT: RunRecord["state"][] = ["running", "paused", "failed"];

/** Offers the newest run that was cut short; `resume` takes it up. */
export async function offerKept(app: App, resume: (id: string) => void): Promise<void> {
  const runs = await app.store.runs().catch(() => []);
  const waiting = runs.filter((run) => run.resumable && CUT_SHORT.includes(run.state));
  const newest = waiting.sort((a, b) => b.created - a.created)[0];
  if (!newest || (await inAnotherTab(newest.id))) return;
  // Someone may have started something meanwhile.
  if (!app.last("run")) show(app, newest, resume);
}

/** Whether another tab trains this run: it holds the run's lock. */
async function inAnotherTab(id: string): Promise<boolean> {
  const held = async (): Promise<boolean> => {
    const locks = await navigator.locks?.query().catch(() => null);
    return locks?.held?.some(({ name }) => name?.endsWith(id)) ?? false;
  };
  if (!(await held())) return false;
  await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  return held();
}

/** Takes the offer away. */
export function hideKept(): void {
  byId("run-kept", HTMLElement).replaceChildren();
}

function show(app: App, run: RunRecord, resume: (id: string) => void): void {
  const go = (): void => resume(run.id);
  const leave = async (): Promise<void> => {
    hideKept();
    await app.store.saveRun({ ...run, state: "stopped" });
    app.say("runs", null);
  };
  byId("run-kept", HTMLElement).replaceChildren(el(
    "div", { class: "card run-kept" },
    el("p", {}, el("strong", {}, `Your run “${run.name}”`), ` of ${moment(run.created)} stopped ${whereText(run)}.`),
    el("div", { class: "row" },
      el("button", { type: "button", id: "run-kept-resume", class: "primary", onclick: go }, "Resume"),
      el("button", { type: "button", id: "run-kept-leave", onclick: () => void leave() }, "Leave it"),
      el("span", { class: "quiet small" }, "Left alone, it stays among your runs below.")),
  ));
}

function whereText({ at, history }: RunRecord): string {
  if (at) return `at epoch ${at.epoch}, step ${at.step}`;
  return history.length === 0 ? "in its first epoch" : `after epoch ${history.length}`;
}
