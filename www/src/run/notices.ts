/** Errors of a run, each as a sentence with what can be done about it. */
import type { PatchworkError } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { byId, el, type Action } from "../ui/dom.js";
import { errorSentence } from "../ui/format.js";

/** Shows an error in place of the previous one. */
export function showFailure(error: PatchworkError | Error, actions: Action[]): void {
  const buttons = actions.map(({ label, run }) => el("button", { type: "button", onclick: run }, label));
  show(el("div", { class: "notice bad", role: "alert", id: "run-failed" },
    el("p", {}, errorSentence(error)), el("div", { class: "row" }, ...buttons)));
}

/** The topic of a notice while training continues. */
export type About = "alone" | "not-saved" | "deleted";

/** Shows a warning, once per topic, about a problem that does not stop training. */
export function showWarning(about: About, error: PatchworkError, actions: Action[] = []): void {
  const id = `run-${about}`;
  if (document.getElementById(id)) return;
  const notice = el("div", { class: "notice warn row", role: "status", id }, el("p", {}, errorSentence(error)));
  const close: Action = { label: t("Close"), run: () => notice.remove() };
  for (const { label, run } of [...actions, close]) notice.append(el("button", { type: "button", onclick: run }, label));
  byId("run-notices", HTMLElement).append(notice);
}

/** Removes a warning. */
export function takeBack(about: About): void {
  document.getElementById(`run-${about}`)?.remove();
}

/** Removes all notices. */
export function clearNotices(): void {
  byId("run-notices", HTMLElement).replaceChildren();
}

function show(notice: HTMLElement): void {
  byId("run-notices", HTMLElement).replaceChildren(notice);
}
