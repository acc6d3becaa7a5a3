/** Registers the service worker, and says when a new version of the page is ready. */
import type { App } from "../app.js";
import { el } from "../ui/dom.js";

/** Only where the browser allows it; without it the page works as long as there is a network. */
export async function registerServiceWorker(app: App): Promise<void> {
  if (!("serviceWorker" in navigator) || !globalThis.isSecureContext) return;
  const registration = await navigator.serviceWorker.register("./sw.js");
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => {
      if (worker.state === "installed" && navigator.serviceWorker.controller !== null) void offer(worker);
    });
  });
  if (registration.waiting !== null) void offer(registration.waiting);
  app.on("device", () => void keepTrainer());
}

/** Who trained once shall train offline, too. */
async function keepTrainer(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ type: "keep-trainer" });
}

/** Says that a new version is ready, unless this page came from it already. */
async function offer(worker: ServiceWorker): Promise<void> {
  const own = document.querySelector<HTMLMetaElement>('meta[name="version"]')?.content;
  if ((await versionOf(worker)) === own || document.getElementById("new-version") !== null) return;
  const reload = (): void => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage({ type: "take-over" });
  };
  const notice = el(
    "div", { id: "new-version", class: "notice", role: "status" },
    el("p", {}, "A new version of this page is ready. A run in training goes on from its checkpoint after a reload."),
    el("div", { class: "row" },
      el("button", { type: "button", onclick: reload }, "Reload"),
      el("button", { type: "button", onclick: () => notice.remove() }, "Later"),
    ),
  );
  document.body.append(notice);
}

function versionOf(worker: ServiceWorker): Promise<string> {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<string>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
  });
  worker.postMessage({ type: "version" }, [port2]);
  return answer;
}
