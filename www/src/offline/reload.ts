/** What a reload of the page loses. */
import type { App } from "../app.js";
import { t } from "../text/language.js";

/** Whether it loses nothing: drawing and settings are stored. */
export function isIdle(app: App): boolean {
  const state = app.last("run")?.state;
  const works = state === "running" || state === "paused";
  return !works && !app.last("data")?.files.length && app.last("model")?.source === "shipped";
}

/** What must be added or opened again, as sentences with a space before each; empty if nothing is lost. */
export function lostFiles(app: App): string {
  // Files are stored with the first run that uses them.
  const data = app.last("data")?.files.length && !app.last("run");
  return [
    data ? ` ${t("Files that no run has used yet must be added again.")}` : "",
    app.last("model")?.source === "file" ? ` ${t("The model that was opened from a file must be opened again.")}` : "",
  ].join("");
}
