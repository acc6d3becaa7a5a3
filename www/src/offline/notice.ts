/** The notice of another version, in a corner over the page. There is one at a time. */
import { type Action, el } from "../ui/dom.js";

const ID = "new-version";

/** Shows the notice in place of an older one; every button takes it away. */
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

/** Takes the notice away. */
export function hideVersionNotice(): void {
  document.getElementById(ID)?.remove();
}
