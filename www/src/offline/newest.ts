/** Takes up the newest version of the page: what is in training is saved, then the page is loaded again. */
import type { App } from "../app.js";

/** Milliseconds that a trainer has to save: without, its last checkpoint serves. */
const SAVE_MS = 3000;
/** Milliseconds that a new version has to be fetched, and then to take over. */
const INSTALL_MS = 20_000;
const TAKE_OVER_MS = 5000;

/** Saves, lets the newest version take over, and loads the page again: whatever fails, it is loaded. */
export async function takeNewest(app: App, registration: ServiceWorkerRegistration | undefined): Promise<void> {
  await within(SAVE_MS, save(app));
  const newest = registration && (await within(INSTALL_MS, installed(registration)));
  if (newest) await within(TAKE_OVER_MS, takeOver(newest));
  location.reload();
}

/** A run in training goes on from here after the reload. */
async function save(app: App): Promise<void> {
  const state = app.last("run")?.state;
  if (state === "running" || state === "paused") await app.trainer.call("save", {});
}

/** The newest version, once all of it is there; null where the one in use is the newest. */
async function installed(registration: ServiceWorkerRegistration): Promise<ServiceWorker | null> {
  if (registration.waiting === null) await registration.update();
  const { installing } = registration;
  if (installing !== null) {
    await new Promise<void>((resolve) => {
      installing.addEventListener("statechange", () => resolve(), { once: true });
    });
  }
  return registration.waiting;
}

async function takeOver(newest: ServiceWorker): Promise<void> {
  await new Promise<void>((resolve) => {
    navigator.serviceWorker.addEventListener("controllerchange", () => resolve(), { once: true });
    newest.postMessage({ type: "take-over" });
  });
}

/** What comes of it in time; null where it fails or takes longer. */
function within<T>(milliseconds: number, work: Promise<T>): Promise<T | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), milliseconds));
  return Promise.race([work.catch(() => null), late]);
}
