/** Switches to the newest version of the page: saves the run in training, then reloads. */
import type { App } from "../app.js";

/** Milliseconds that the trainer has to save; after that, its last checkpoint is used. */
const SAVE_MS = 3000;
/** Milliseconds for a new version to be fetched, and then to take over. */
const INSTALL_MS = 20_000;
const TAKE_OVER_MS = 5000;

/** Saves, activates the newest version, and reloads the page, even if a step fails. */
export async function takeNewest(app: App, registration: ServiceWorkerRegistration | undefined): Promise<void> {
  await within(SAVE_MS, save(app));
  const newest = registration && (await within(INSTALL_MS, installed(registration)));
  if (newest) await within(TAKE_OVER_MS, takeOver(newest));
  location.reload();
}

/** A run in training resumes from here after the reload. */
async function save(app: App): Promise<void> {
  const state = app.last("run")?.state;
  if (state === "running" || state === "paused") await app.trainer.call("save", {});
}

/** The newest version, once completely installed; null if it is already active. */
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

/** The result if it arrives in time; null on failure or timeout. */
function within<T>(milliseconds: number, work: Promise<T>): Promise<T | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), milliseconds));
  return Promise.race([work.catch(() => null), late]);
}
