/** What went wrong with a run, in a sentence, with what can be done about it. */
import type { PatchworkError } from "../protocol/engine.js";
import { byId, el, type Action } from "../ui/dom.js";
import { errorSentence } from "../ui/format.js";

/** Shows that something failed. What was shown before goes. */
export function showFailure(error: PatchworkError | Error, actions: Action[]): void {
  const buttons = actions.map(({ label, run }) => el("button", { type: "button", onclick: run }, label));
  show(el("div", { class: "notice bad", role: "alert", id: "run-failed" },
    el("p", {}, errorSentence(error)), el("div", { class: "row" }, ...buttons)));
}

/** Says once that something went wrong without which training goes on. */
export function showWarning(about: "alone" | "not-saved", error: PatchworkError): void {
  const id = `run-${about}`;
  if (document.getElementById(id)) return;
  const notice = el("div", { class: "notice warn", role: "status", id }, el("p", {}, errorSentence(error)));
  const close = (): void => notice.remove();
  notice.append(el("button", { type: "button", onclick: close }, "Close"));
  byId("run-notices", HTMLElement).append(notice);
}

/** Takes the notices away. */
export function clearNotices(): void {
  byId("run-notices", HTMLElement).replaceChildren();
}

function show(notice: HTMLElement): void {
  byId("run-notices", HTMLElement).replaceChildren(notice);
}
