/** Reports that the trainer has fallen silent, until it answers again or is restarted. */
import type { App } from "../app.js";
import { t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { showLate } from "./late.js";

/** Keeps this notice, and that about late work, up to date. */
export function showSilence(app: App): void {
  showLate(app);
  const text = el("p");
  const restart = (): void => app.trainer.restart();
  const notice = el("div", { class: "notice warn row", id: "trainer-silent" }, text,
    el("button", { type: "button", onclick: restart }, t("Restart it")),
    el("button", { type: "button", onclick: () => notice.remove() }, t("Wait")));
  app.on("trainer", (event) => {
    if (event.type !== "silence") return;
    if (!event.silent) return notice.remove();
    const time = event.seconds < 120 ? t("{seconds} seconds", { seconds: event.seconds }) : t("two minutes");
    text.textContent = t(app.last("run")?.resumable
      ? "The trainer has not answered for {time}. It may be busy with very long work, or stuck. After a restart it continues the run from its last checkpoint."
      : "The trainer has not answered for {time}. It may be busy with very long work, or stuck. After a restart it reads your files again.", { time });
    byId("alerts", HTMLElement).append(notice);
  }, false);
}
