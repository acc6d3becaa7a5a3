/** Which kept runs are in training in other tabs. */
import type { App } from "../app.js";
import { runsInTraining } from "../client/tabs.js";

/** The polling interval in milliseconds: a tab that is closed sends no message. */
const BEAT = 2_000;

/** Watches; `changed` is called when a run starts or ends in another tab. The returned function gives their ids. */
export function runsElsewhere(app: App, changed: () => void): () => ReadonlySet<string> {
  let ids: ReadonlySet<string> = new Set();
  const update = async (): Promise<void> => {
    if (document.hidden) return;
    const found = await runsInTraining();
    found.delete(app.last("run")?.id ?? "");
    const same = found.size === ids.size && [...found].every((id) => ids.has(id));
    ids = found;
    if (!same) changed();
  };
  setInterval(() => void update(), BEAT);
  document.addEventListener("visibilitychange", () => void update());
  app.on("runs", () => void update());
  return () => ids;
}
