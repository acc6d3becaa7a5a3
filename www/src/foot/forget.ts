/** Deletes everything that the page stores in the browser, then starts again. */
import type { App } from "../app.js";
import { problem } from "../client/errors.js";
import { allEnded, onNews, tellTabs } from "../client/tabs.js";
import { t } from "../text/language.js";
import { showError } from "../ui/dom.js";

/** The prefix of our names: other pages may share the origin. */
const OURS = "patchwork";
/** A trainer that does not answer by then is not waited for: reloading the page ends it. */
const PATIENCE = 3000;

/** Deletes the stored data of all tabs, the offline copy and the preferences, and reloads the page. */
export async function forgetEverything(app: App): Promise<void> {
  await leaveRun(app);
  tellTabs({ type: "forget" });
  await allEnded(PATIENCE);
  await app.store.forgetEverything();
  await forgetOfflineCopy();
  forgetChoices();
  // The URL may contain settings; a fresh start has none.
  history.replaceState(null, "", location.pathname);
  location.reload();
}

/** Another tab deletes everything: the trainer of this one ends, and nothing is written any more. */
export function obeyForgetting(app: App): void {
  onNews((news) => {
    if (news.type !== "forget") return;
    const [what, help] = [t("Everything that this page had kept was deleted in another tab"), t("Reload the page to begin again")];
    // The trainer may be in the middle of an epoch: nothing it would still write is stored.
    app.store.seal(what);
    app.trainer.restart(problem("file", t("{what}, and this run has ended", { what }), help), false);
    showError(problem("file", what, help), [{ label: t("Reload"), run: () => location.reload() }]);
  });
}

/** A run in training would be stored again when the page is left. */
async function leaveRun(app: App): Promise<void> {
  const run = app.last("run");
  if (run?.state !== "running" && run?.state !== "paused") return;
  const left = app.trainer.call("reset", {}).catch(() => null);
  await Promise.race([left, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
}

/** The service worker and its files; other pages of this origin keep theirs. */
async function forgetOfflineCopy(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  if (!registration) return;
  const prefix = `${OURS} ${registration.scope} `;
  await registration.unregister();
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(prefix)).map((name) => caches.delete(name)));
}

function forgetChoices(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(OURS)) localStorage.removeItem(key);
  } catch {
    // A browser that refuses storage has not stored anything.
  }
}
