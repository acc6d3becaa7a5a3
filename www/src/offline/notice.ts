/** The notice of another version, in a corner over the page. At most one is shown. */
import { type Action, el } from "../ui/dom.js";

const ID = "new-version";

/** Shows the notice, replacing an older one; every button closes it. */
export function showVersionNotice(text: string, actions: Action[]): void {
  hideVersionNotice();
  const buttons = actions.map(({ label, run }) => el("button", {
    type: "button",
    onclick: () => {
      hideVersionNotice();
      run();
    },
  }, label));
  document.body.append(el("div", { id: ID, class: "notice", role: "status" },
    el("p", {}, text), el("div", { class: "row" }, ...buttons)));
}

/** Removes the notice. */
export function hideVersionNotice(): void {
  document.getElementById(ID)?.remove();
}
