/** Reports that a piece of the trainer's work takes far longer than usual, and what the user can do about it. */
import type { App } from "../app.js";
import type { Late } from "../protocol/messages.js";
import { language, localeOf, ofEngine, t } from "../text/language.js";
import { byId, el, showError, type Action } from "../ui/dom.js";
import { capital, duration } from "../ui/format.js";
import { problem } from "./errors.js";

/** Keeps the notice up to date. */
export function showLate(app: App): void {
  const notice = el("div", { class: "notice warn row", id: "trainer-late" });
  const show = (late: Late[]): void => {
    const worst = late.find(({ shared }) => shared) ?? late[0];
    if (worst === undefined) return notice.remove();
    const buttons = waysOut(app, worst).map(({ label, run }) => {
      const onclick = (): void => {
        notice.remove();
        run();
      };
      return el("button", { type: "button", onclick }, label);
    });
    notice.replaceChildren(el("p", {}, sentence(worst)), ...buttons);
    byId("alerts", HTMLElement).append(notice);
  };
  app.on("trainer", (event) => {
    if (event.type === "late") show(event.late);
    if (event.type === "failed") notice.remove();
  }, false);
}

function sentence({ what, since, usual, shared }: Late): string {
  const late = { what: capital(ofEngine(what)), time: new Date(since).toLocaleTimeString(localeOf(language())) };
  if (usual === null) return t(shared ? "{what} has not answered since {time}." : "{what} began at {time} and has not finished.", late);
  const known = { ...late, usual: duration(usual) };
  return shared
    ? t("{what} has not answered since {time}; usually this takes {usual}.", known)
    : t("{what} began at {time} and has not finished; usually this takes {usual}.", known);
}

function waysOut(app: App, { shared }: Late): Action[] {
  const wait: Action = { label: t("Wait"), run: () => undefined };
  const without = (): Promise<null> => app.trainer.call("giveUp", {});
  if (shared) {
    return [
      { label: t("Continue without the workers"), run: () => void without().catch(showError) },
      { label: t("End the run with a checkpoint"), run: () => void without().then(() => app.emit("stop-run", null)).catch(showError) },
      wait,
    ];
  }
  const resumable = app.last("run")?.resumable ?? false;
  const help = t(resumable ? "Continue from the last checkpoint" : "Start the run again");
  const restart = (): void => app.trainer.restart(problem("device", t("The trainer was stuck and was stopped"), help));
  return [{ label: t(resumable ? "Go back to the last checkpoint" : "Restart the trainer"), run: restart }, wait];
}
