/** The button that shows attention step by step. What shows it is a separate script, fetched on demand. */
import type { App } from "../app.js";
import { ATTENTION_URL } from "../assets.js";
import { fetchScript } from "../client/script.js";
import { noteOutdated } from "../offline/outdated.js";
import { t } from "../text/language.js";
import { byId, showError } from "../ui/dom.js";
import type { createAttention } from "./view.js";

/** The exports of the script. */
interface Script {
  createAttention: typeof createAttention;
}

/** Starts this part. */
export function mount(app: App): void {
  const button = byId("attention-open", HTMLButtonElement);
  const body = byId("attention-body", HTMLElement);
  let asked: Promise<void> | null = null;
  const fetched = async (): Promise<void> => (await fetchScript<Script>(ATTENTION_URL, t("This part of the page"))).createAttention(app, body);
  button.addEventListener("click", () => {
    body.hidden = !body.hidden;
    button.setAttribute("aria-expanded", String(!body.hidden));
    button.textContent = t(body.hidden ? "Show the numbers" : "Hide the numbers");
    asked ??= fetched().catch((error: Error) => {
      asked = null;
      noteOutdated(error);
      showError(error);
    });
  });
}
