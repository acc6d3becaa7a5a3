/** A button that offers the page in its other language. */
import type { App } from "../app.js";
import { language, type Language } from "./language.js";

/** Every language is named in its own words. */
const NAMES: Record<Language, string> = { en: "English", de: "Deutsch" };

/** Names the other language on a button, which then asks for it. */
export function prepareButton(app: App, button: HTMLButtonElement): void {
  const other = language() === "en" ? "de" : "en";
  button.textContent = NAMES[other];
  button.lang = other;
  button.addEventListener("click", () => app.emit("use-language", other));
}
