/** Reports that the trainer has fallen silent, until it answers again or is restarted. */
import type { App } from "../app.js";
import { byId, el } from "../ui/dom.js";
import { showLate } from "./late.js";

const MAYBE = "It may be busy with very long work, or stuck.";
const GOES_ON = "After a restart it continues the run from its last checkpoint.";
const READS_AGAIN = "After a restart it reads your files again.";

/** Keeps this notice, and that about late work, up to date. */
export function showSilence(app: App): void {
  showLate(app);
  const text = el("p");
  const restart = (): void => app.trainer.restart();
  const notice = el("div", { class: "notice warn row", id: "trainer-silent" }, text,
    el("button", { type: "button", onclick: restart }, "Restart it"),
    el("button", { type: "button", onclick: () => notice.remove() }, "Wait"));
  app.on("trainer", (event) => {
    if (event.type !== "silence") return;
    if (!event.silent) return notice.remove();
    const time = event.seconds < 120 ? `${event.seconds} seconds` : "two minutes";
    text.textContent = `The trainer has not answered for ${time}. ${MAYBE} ${app.last("run")?.resumable ? GOES_ON : READS_AGAIN}`;
    byId("alerts", HTMLElement).append(notice);
  }, false);
}
