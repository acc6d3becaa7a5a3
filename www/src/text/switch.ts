/** The buttons that change the page's language. The page is loaded again: all its parts are made in one language. */
import type { App } from "../app.js";
import { formatLink } from "../link/address.js";
import { takeNewest } from "../offline/newest.js";
import { showVersionNotice } from "../offline/notice.js";
import { lostFiles, isIdle } from "../offline/reload.js";
import { showError } from "../ui/dom.js";
import { currentView } from "../views/reveal.js";
import { prepareButton } from "./button.js";
import { t, type Language } from "./language.js";
import { keepLanguage } from "./load.js";

/** Connects the buttons in the page with `use-language`. */
export function mount(app: App): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-language]")) prepareButton(app, button);
  app.on("use-language", (chosen) => change(app, chosen), false);
}

function change(app: App, chosen: Language): void {
  const reload = (): void => {
    if (!keepLanguage(chosen)) return showError(new Error(t("This browser lets the page keep nothing, so the language cannot be changed.")));
    const lesson = app.last("lesson");
    if (lesson) history.replaceState(history.state, "", formatLink({ place: currentView(), lesson }));
    void takeNewest(app, undefined);
  };
  if (isIdle(app)) return reload();
  const what = t("To change the language, the page is loaded again: your drawing and your runs are kept, and a run in training continues from its checkpoint.");
  showVersionNotice(what + lostFiles(app), [
    { label: t("Reload"), run: reload },
    { label: t("Later"), run: () => undefined },
  ]);
}
