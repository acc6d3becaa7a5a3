/** Starts the sections of the page, each on its own. */
import type { App } from "../app.js";
import { t, type PlainText } from "../text/language.js";
import { showError } from "./dom.js";

/** A section: its name in messages, and what starts it. */
export type Part = readonly [name: PlainText, mount: (app: App) => void];

/** Starts sections in this order. One that fails is reported, and does not stop the others. */
export function mountParts(app: App, parts: readonly Part[]): void {
  for (const [name, mount] of parts) {
    try {
      mount(app);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      showError(new Error(t("The {name} part of the page does not work ({why}). Reload the page to try again.", { name: t(name), why })));
    }
  }
}
