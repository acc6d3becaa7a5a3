/** What a reload of the page loses. */
import type { App } from "../app.js";
import { t } from "../text/language.js";

/** Whether it loses nothing: drawing and settings are stored. */
export function isIdle(app: App): boolean {
  const state = app.last("run")?.state;
  const works = state === "running" || state === "paused";
  return !works && !app.last("data")?.files.length && app.last("model")?.source === "shipped";
}

/** A sentence about files that must be added again, with a space before it; empty if there are none. */
export function filesGo(app: App): string {
  // Files are stored with the first run that uses them.
  const lost = app.last("data")?.files.length && !app.last("run");
  return lost ? ` ${t("Files that no run has used yet must be added again.")}` : "";
}
