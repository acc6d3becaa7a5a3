/** Deletes all that the page keeps in the browser, then begins anew. */
import type { App } from "../app.js";

/** What is ours begins like this: other pages may live under the same origin. */
const OURS = "patchwork";
/** A trainer that does not answer by then is not waited for: loading the page again ends it. */
const PATIENCE = 3000;

/** Deletes what is stored, the offline copy and the choices, and loads the page again. */
export async function forgetEverything(app: App): Promise<void> {
  await leaveRun(app);
  await app.store.forgetEverything();
  await forgetOfflineCopy();
  forgetChoices();
  // The address may carry settings; a fresh start has none.
  history.replaceState(null, "", location.pathname);
  location.reload();
}

/** A run that goes on would be kept again when the page is left. */
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
    // A browser that refuses storage has kept nothing in it.
  }
}
