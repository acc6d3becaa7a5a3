/** Which kept runs another tab has in training. */
import type { App } from "../app.js";
import { runsInTraining } from "../client/tabs.js";

/** Milliseconds between two looks: a tab that was closed says nothing. */
const BEAT = 2_000;

/** Watches; `changed` hears when a run begins or ends in another tab. What comes back gives their ids. */
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
