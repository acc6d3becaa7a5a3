/** The footer: what is stored in the browser, and the button that deletes it. */
import type { App } from "../app.js";
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { byId, el } from "../ui/dom.js";
import { bytes } from "../ui/format.js";
import { forgetEverything, obeyForgetting } from "./forget.js";

/** Starts the footer. */
export function mount(app: App): void {
  mountUsage(app);
  mountForget(app);
  obeyForgetting(app);
  if (app.store.waiting) void showOpening(app);
}

/** Shows that the storage is still opening, until it has opened. */
async function showOpening(app: App): Promise<void> {
  const { durable } = app.store;
  const notice = el("div", { class: "notice warn", id: "store-waiting" }, el("p", {}, durable.ok ? "" : durable.reason));
  byId("alerts", HTMLElement).append(notice);
  await app.store.opening;
  notice.remove();
  if (app.store.durable.ok) announce(t("The browser's storage is open now, and your work is kept."));
  app.emit("runs", null);
}

/** The storage in use, measured when the footer becomes visible: an estimate costs time. */
function mountUsage(app: App): void {
  const line = byId("foot-usage", HTMLElement);
  const show = async (): Promise<void> => {
    line.textContent = await usageSentence(app).catch(() => "");
  };
  let visible = false;
  const observer = new IntersectionObserver((entries) => {
    visible = entries.some((entry) => entry.isIntersecting);
    if (visible) void show();
  });
  observer.observe(line);
  const refresh = (): void => {
    if (visible) void show();
  };
  app.on("runs", refresh, false);
  app.on("data", refresh, false);
}

async function usageSentence(app: App): Promise<string> {
  const { durable } = app.store;
  if (!durable.ok) return t("At present it keeps nothing: {reason}", { reason: durable.reason });
  const usage = await app.store.usage();
  const taken = usage ? t("In use: {used} of about {quota} that the browser allows.", { used: bytes(usage.used), quota: bytes(usage.quota) }) : "";
  return `${taken} ${await lastingSentence()}`.trim();
}

/** Whether the browser promised to keep the data. */
async function lastingSentence(): Promise<string> {
  const promised = await navigator.storage?.persisted?.().catch(() => undefined);
  if (promised === undefined) return t("This browser does not say how much it keeps, or for how long.");
  return t(promised ? "It is kept until you delete it." : "The browser may clear it when disk space runs low.");
}

function mountForget(app: App): void {
  const dialog = byId("forget-dialog", HTMLDialogElement);
  const confirm = byId("forget-confirm", HTMLButtonElement);
  const cancel = byId("forget-cancel", HTMLButtonElement);
  const problem = byId("forget-problem", HTMLElement);
  byId("forget", HTMLButtonElement).addEventListener("click", () => {
    problem.textContent = "";
    dialog.showModal();
  });
  cancel.addEventListener("click", () => dialog.close());
  confirm.addEventListener("click", async () => {
    confirm.disabled = cancel.disabled = true;
    try {
      await forgetEverything(app);
    } catch {
      problem.textContent = t("The browser refused to delete some of it. Its settings can clear the data of this site.");
      confirm.disabled = cancel.disabled = false;
    }
  });
}
