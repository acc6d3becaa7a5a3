/** Registers the service worker, checks for new versions of the page, and lets the user choose when to switch. */
import type { App } from "../app.js";
import { t } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { scriptUrl } from "../ui/trusted.js";
import { onIntent } from "./intent.js";
import { takeNewest } from "./newest.js";
import { hideVersionNotice, showVersionNotice } from "./notice.js";
import { onOutdated } from "./outdated.js";
import { lostFiles, isIdle } from "./reload.js";

/** Milliseconds between two checks for a new version. */
const LOOK_MS = 3_600_000;
/** Milliseconds that a service worker has to report its version. */
const ANSWER_MS = 5000;

const READY = "A new version of this page is ready. Reload to use it: your drawing and your runs are kept, and a run in training continues from its checkpoint.";
const TAKEN_UP = "Another tab uses a new version of this page; this tab still runs the old one. Reload to use the new one: your drawing and your runs are kept, and a run in training continues from its checkpoint.";
const OUTDATED = "A newer version of this page was published, and this tab still runs the old one. Reload to use the new one: your drawing and your runs are kept, and a run in training continues from its checkpoint.";

/** Connects the page with the service worker, if the browser has one. */
export function keepOffline(app: App): void {
  // Without a service worker the page can only be reloaded.
  let registration: ServiceWorkerRegistration | undefined;
  const reload = { label: t("Reload"), run: () => void takeNewest(app, registration) };
  onOutdated(() => showVersionNotice(t(OUTDATED) + lostFiles(app), [reload, { label: t("Later"), run: () => undefined }]));
  if (!("serviceWorker" in navigator) || !globalThis.isSecureContext) return;

  sayVersion();
  const begin = async (): Promise<void> => {
    registration = await navigator.serviceWorker.register(scriptUrl("./sw.js"), { updateViaCache: "none" });
    offerVersions(app, registration, reload.run);
    keepTrainer(app);
    registration.active?.postMessage({ type: "arrived" });
  };
  // Caching for offline use waits until the page has loaded its files, or failed to.
  const first = firstTime(() => void begin().catch(() => undefined));
  app.on("model", first);
  app.on("model-missing", first);
}

/** Calls `run` the first time only. */
function firstTime(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}

/** The version of this tab. */
function ownVersion(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="version"]')?.content ?? "";
}

/** Answers the service worker, which keeps the files that tabs of older versions need. */
function sayVersion(): void {
  navigator.serviceWorker.addEventListener("message", ({ data, ports }: MessageEvent<{ type?: string }>) => {
    if (data.type === "which-version") ports[0]?.postMessage(ownVersion());
  });
  navigator.serviceWorker.startMessages();
}

/** Checks for new versions, offers each once, and follows another tab that switched. */
function offerVersions(app: App, registration: ServiceWorkerRegistration, reload: () => void): void {
  const declined = new Set<string>();
  const tabs = new BroadcastChannel(`patchwork versions ${registration.scope}`);
  tabs.onmessage = ({ data }: MessageEvent<string>) => {
    // Offered once, not in every tab.
    declined.add(data);
    hideVersionNotice();
  };
  const offer = async (worker: ServiceWorker | null): Promise<void> => {
    const version = worker && (await versionOf(worker));
    if (!version || version === ownVersion() || declined.has(version)) return;
    await visible();
    if (declined.has(version)) return;
    declined.add(version);
    showVersionNotice(t(READY) + lostFiles(app), [
      { label: t("Reload"), run: reload },
      { label: t("Later"), run: () => tabs.postMessage(version) },
    ]);
  };
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => {
      if (worker.state === "installed") void offer(worker);
    });
  });
  void offer(registration.waiting);
  lookForVersions(registration);
  followTakeOver(app, reload);
}

/** At the start, and then every hour while the tab is visible. */
function lookForVersions(registration: ServiceWorkerRegistration): void {
  let last = -Infinity;
  const check = (): void => {
    if (document.hidden || performance.now() - last < LOOK_MS) return;
    last = performance.now();
    // Without a network there is nothing new.
    registration.update().catch(() => undefined);
  };
  check();
  document.addEventListener("visibilitychange", check);
  setInterval(check, LOOK_MS);
}

/** Another tab switched to a new version. A tab without unsaved work does the same; others continue, with a notice. */
function followTakeOver(app: App, reload: () => void): void {
  let controlled = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    const first = !controlled;
    controlled = true;
    const { controller } = navigator.serviceWorker;
    if (controller === null) return;
    void versionOf(controller).then((version) => {
      if (version === null || version === ownVersion()) return;
      if (!first && isIdle(app)) return location.reload();
      showVersionNotice(t(TAKEN_UP) + lostFiles(app), [{ label: t("Reload"), run: reload }, { label: t("Later"), run: () => undefined }]);
    });
  });
}

/** The files for training are fetched when needed, and cached: the host may later have only a newer version. */
function keepTrainer(app: App): void {
  const keep = async (): Promise<void> => {
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage({ type: "keep-trainer" });
  };
  onIntent(byId("train", HTMLElement), () => void keep());
  app.on("device", () => void keep());
}

/** Resolves when the tab becomes visible. */
function visible(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", () => resolve(), { once: true });
  });
}

/** The version of a service worker; null if it does not answer. */
function versionOf(worker: ServiceWorker): Promise<string | null> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), ANSWER_MS);
    port1.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
    worker.postMessage({ type: "version" }, [port2]);
  });
}
