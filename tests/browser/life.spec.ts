/** The life of a run: in two tabs, on a full disk, across an update of the page, and while it grows. */
import type { Page } from "@playwright/test";
import { file, table } from "./helpers/csv.js";
import { download } from "./helpers/download.js";
import { drop } from "./helpers/drop.js";
import { countStored, stored } from "./helpers/stored.js";
import { expect, test } from "./helpers/test.js";
import { builtin, epochs, fromMenu, openWith, place } from "./helpers/training.js";
import { beforeTrainer, trainer } from "./helpers/worker.js";

/** One block, patches of 14 pixels, three steps per epoch: a run that lasts as long as a test needs. */
const SMALLEST = "tiny;patch_size=14;width=16;depth=1;heads=2;mlp=16;batch_size=16;warmup_epochs=0";
const LONG = `${SMALLEST};epochs=50000`;
const TABLES = ["runs", "rows", "checkpoints", "epochs", "data", "files"];

/** A run in training, with its first epochs stored. */
async function training(page: Page, url: string, settings = LONG): Promise<void> {
  await openWith(page, url, settings);
  await drop(page, "#data-drop", [file("rows.csv", table({ images: 60 }))]);
  await expect(page.locator("#data-summary")).toBeVisible();
  await page.locator("#run-start").click();
  await epochs(page, 2);
  await expect(page.locator("#run-saved")).toHaveText(/\d/);
}

/** Waits until the run has advanced by some epochs. */
async function goesOn(page: Page): Promise<void> {
  const { epoch } = await place(page);
  await expect.poll(async () => (await place(page)).epoch, { timeout: 60_000 }).toBeGreaterThan(epoch + 5);
}

const rows = (page: Page) => page.locator("#runs-table tbody tr");

const counts = (page: Page): Promise<number[]> => countStored(page, TABLES);

test("a run in training in another tab: renamed, never lost, ended before it is deleted, stored again as a new one", async ({ page, context, url }) => {
  test.slow();
  await training(page, url);
  const other = await context.newPage();
  await other.goto(`${url}#train`);
  await expect(rows(other)).toHaveCount(1);
  await expect(rows(other)).toContainText("in training in another tab");
  await expect(other.locator("#run-kept"), "it was not cut short").toBeEmpty();
  await expect(rows(other).getByRole("button", { name: /^Resume/ })).toBeDisabled();

  const name = rows(other).locator("input.runs-name");
  await name.fill("a better name");
  await name.blur();
  await expect(rows(page).locator("input.runs-name")).toHaveValue("a better name");
  await goesOn(page);
  expect((await stored(page, "runs")).map(({ value }) => (value as { name: string }).name)).toEqual(["a better name"]);

  await rows(other).getByRole("button", { name: /^Delete a better name/ }).click();
  await expect(rows(other)).toContainText("Stop it there and delete it");
  await rows(other).getByRole("button", { name: "Delete for good" }).click();
  await expect(other.locator("#runs-note")).toHaveText("Deleted.", { timeout: 20_000 });
  await expect(rows(other)).toHaveCount(0);
  await expect(page.locator("#run-deleted")).toContainText("ended and deleted in another tab");
  await expect(page.locator("#run-state")).toHaveText(/Stopped/);
  expect(await counts(page), "nothing of it is left in any table").toEqual(TABLES.map(() => 0));
  const model = await download(page.getByRole("button", { name: "Download the model" }));
  expect(model.bytes.length).toBeGreaterThan(4000);

  await page.getByRole("button", { name: "Keep it as a new run" }).click();
  await expect(page.locator("#run-deleted")).toHaveCount(0);
  await expect(rows(other)).toHaveCount(1);
  await page.reload();
  await rows(page).getByRole("button", { name: /^Resume/ }).click();
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 30_000 });
});

test("a run whose entry vanishes continues, reports that it is not stored, and can be stored again", async ({ page, url }) => {
  test.slow();
  // Epochs of some seconds: without the browser's storage, nothing slows shorter ones down, and the page shows each.
  await openWith(page, url, "tiny;epochs=500;batch_size=64;warmup_epochs=0");
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 1);
  await expect(page.locator("#run-saved")).toHaveText(/\d/);
  // As an older page would delete it, without asking.
  await page.evaluate((tables) => new Promise<void>((done, fail) => {
    const opening = indexedDB.open("patchwork");
    opening.onsuccess = () => {
      const change = opening.result.transaction(tables, "readwrite");
      for (const name of tables) change.objectStore(name).clear();
      change.onerror = () => fail(change.error);
      change.oncomplete = () => {
        opening.result.close();
        done();
      };
    };
  }), TABLES);
  await expect(page.locator("#run-deleted")).toContainText("it is no longer kept");
  await expect(rows(page)).toContainText("deleted");
  const { epoch } = await place(page);
  await expect.poll(async () => (await place(page)).epoch, { timeout: 60_000 }).toBeGreaterThan(epoch + 1);
  expect(await counts(page)).toEqual(TABLES.map(() => 0));
  await page.getByRole("button", { name: "Keep it as a new run" }).click();
  await expect(page.locator("#run-deleted")).toHaveCount(0);
  await expect.poll(() => counts(page).then(([runs, , checkpoints, , data, files]) => [runs, checkpoints, data, files])).toEqual([1, 1, 2, 1]);
  await page.reload();
  await page.locator("#run-kept-resume").click();
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 30_000 });
});

test("all data is deleted in all tabs: their runs end, and nothing is written again", async ({ page, context, url }) => {
  test.slow();
  await training(page, url);
  const other = await context.newPage();
  await other.goto(`${url}#train`);
  await other.locator("#forget").click();
  await other.locator("#forget-confirm").click();
  await expect(page.locator("#alerts")).toContainText("deleted in another tab", { timeout: 20_000 });
  await expect(page.locator("#run-failed")).toContainText("this run has ended");
  await expect(rows(other)).toHaveCount(0, { timeout: 20_000 });
  // Long enough for many epochs, and for a drawing.
  await page.waitForTimeout(3_000);
  expect(await counts(other)).toEqual(TABLES.map(() => 0));
  // Another trainer may have read the chosen files again: it has no run, and there is none to resume.
  await expect(page.locator("#run-state")).not.toHaveText("Training.");
  await expect(page.getByRole("button", { name: "Resume from the last checkpoint" })).toHaveCount(0);
});

/** Makes the browser refuse to store anything of a run, while `self.full` is set in the trainer. */
const FULL = `
  self.full = true;
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...args) {
    if (self.full) throw new DOMException("full, says the test", "QuotaExceededError");
    return put.apply(this, args);
  };`;

test("a disk that is full from the start is reported once, not taken for a deletion, and the run is stored once there is space", async ({ page, context, url }) => {
  test.slow();
  await beforeTrainer(context, FULL);
  await openWith(page, url, LONG);
  await drop(page, "#data-drop", [file("rows.csv", table({ images: 60 }))]);
  await expect(page.locator("#data-summary")).toBeVisible();
  await page.locator("#run-start").click();
  await expect(page.locator("#run-not-saved")).toContainText("storage is full", { timeout: 30_000 });
  await epochs(page, 5);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("#run-not-saved")).toHaveCount(1);
  await expect(page.locator("#run-deleted"), "it was not deleted").toHaveCount(0);
  await expect(page.locator("#run-saved"), "there is no checkpoint").toHaveText("–");
  await trainer(page).evaluate(() => void Object.assign(globalThis, { full: false }));
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("#run-not-saved")).toHaveCount(0);
  await expect(page.locator("#run-saved")).toHaveText(/\d/);
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  const { epoch } = await place(page);
  await page.reload();
  await page.locator("#run-kept-resume").click();
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 30_000 });
  await goesOn(page);
  // The epochs from before storage became available are in its history.
  const kept = (await stored(page, "rows")).map(({ key }) => (key as [string, number])[1]);
  expect(kept.slice(0, epoch - 1)).toEqual(Array.from({ length: epoch - 1 }, (_, i) => i + 1));
});

test("epochs are pruned by the stated rule, and a finished run keeps no checkpoint and no data", async ({ page, url }) => {
  test.slow();
  await page.addInitScript(() => localStorage.setItem("patchwork epochs of a run", "1"));
  await openWith(page, url, `${SMALLEST};epochs=12`);
  await drop(page, "#data-drop", [file("rows.csv", table({ images: 60 }))]);
  await expect(page.locator("#data-summary")).toBeVisible();
  await page.locator("#run-start").click();
  await expect(page.locator("#run-state")).toHaveText(/Finished/, { timeout: 60_000 });
  await epochs(page, 12);
  const best = (await page.locator("#run-epochs tr.best th").textContent()) ?? "";
  const kept = [...new Set([1, Number.parseInt(best, 10), 12])].sort((one, other) => one - other);
  await expect.poll(async () => (await stored(page, "epochs")).map(({ key }) => (key as [string, number])[1])).toEqual(kept);
  // Its file stays for this visit.
  await expect.poll(() => counts(page)).toEqual([1, 12, 0, kept.length, 1, 1]);
  await expect(rows(page)).toContainText(`${kept.length} kept`);
  await expect(page.locator("#runs-total")).toHaveText(/Your runs take [\d.]+ kB/);
  await expect(page.locator("#results-line")).toHaveText(/after epoch 12:/i);
  // The remaining epochs can be viewed.
  await page.locator("#results-epoch").focus();
  await page.keyboard.press("Home");
  await expect(page.locator("#results-line")).toHaveText(/after epoch 1:/i);
  await page.reload();
  await expect(rows(page)).toContainText("finished");
  await expect.poll(() => counts(page)).toEqual([1, 12, 0, kept.length, 0, 0]);
});

test("runs stored by an older version of the page are listed, and can be resumed", async ({ page, url, guard }) => {
  test.slow();
  guard.allow(/favicon\.ico/);
  await training(page, url);
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  const done = (await stored(page, "rows")).length;
  // A page of this host that stores nothing itself: the content becomes what version 1 would have written.
  await page.goto(new URL("sizes.json", url).href);
  await page.evaluate(toVersion1);
  await page.goto(`${url}#train`);
  await expect(rows(page)).toContainText(`${done} of 50000`);
  await expect(page.locator("#run-kept")).toContainText("Your run");
  const model = await download(rows(page).getByRole("button", { name: /^Download the best model/ }));
  expect(model.bytes.length).toBeGreaterThan(4000);
  await page.locator("#run-kept-resume").click();
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 30_000 });
  await goesOn(page);
});

/** Moves the content of the database into one of version 1, with whole histories and files as blobs. */
async function toVersion1(): Promise<void> {
  const asked = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const now = await asked(indexedDB.open("patchwork"));
  const all = async (name: string): Promise<{ key: IDBValidKey; value: Record<string, unknown> }[]> => {
    const entries = now.transaction(name).objectStore(name);
    const [keys, values] = await Promise.all([asked(entries.getAllKeys()), asked(entries.getAll())]);
    return values.map((value: Record<string, unknown>, i) => ({ key: keys[i] ?? "", value }));
  };
  const tables = ["runs", "checkpoints", "epochs", "data", "drawings"];
  const kept = new Map(await Promise.all(tables.map(async (name) => [name, await all(name)] as const)));
  const history = (await all("rows")).map(({ value }) => value);
  now.close();
  for (const { value } of kept.get("runs") ?? []) {
    delete value["bytes"];
    value["history"] = history;
  }
  for (const { key, value } of kept.get("data") ?? []) {
    if ((key as string[])[0] !== "file") continue;
    for (const part of ["images", "labels"]) value[part] = new Blob([value[part] as ArrayBuffer]);
  }
  await asked(indexedDB.deleteDatabase("patchwork"));
  const opening = indexedDB.open("patchwork", 1);
  opening.onupgradeneeded = () => tables.forEach((name) => opening.result.createObjectStore(name));
  const old = await asked(opening);
  for (const [name, entries] of kept) {
    const into = old.transaction(name, "readwrite").objectStore(name);
    await Promise.all(entries.map(({ key, value }) => asked(into.put(value, key))));
  }
  old.close();
}

test("storage that opens late is waited for with a notice, and data made meanwhile is stored", async ({ page, url }) => {
  test.slow();
  await page.addInitScript(() => {
    const open = IDBFactory.prototype.open;
    let first = true;
    IDBFactory.prototype.open = function (this: IDBFactory, ...args) {
      const request = open.apply(this, args);
      if (!first) return request;
      first = false;
      // The page's own answer comes after eight seconds.
      const late = new EventTarget() as unknown as Record<string, unknown>;
      for (const name of ["success", "error", "upgradeneeded", "blocked"]) {
        request.addEventListener(name, (event) => {
          if (name === "upgradeneeded") return void dispatch(name, event);
          setTimeout(() => dispatch(name, event), 8_000);
        });
      }
      const dispatch = (name: string, event: Event): void => {
        const copy = Object.assign(new Event(name), { oldVersion: (event as IDBVersionChangeEvent).oldVersion, newVersion: (event as IDBVersionChangeEvent).newVersion });
        (late as unknown as EventTarget).dispatchEvent(copy);
      };
      for (const name of ["result", "error", "transaction"] as const) Object.defineProperty(late, name, { get: () => request[name] });
      Object.setPrototypeOf(late, IDBOpenDBRequest.prototype);
      return late as unknown as IDBOpenDBRequest;
    };
  });
  await openWith(page, url, `${SMALLEST};epochs=3`);
  await expect(page.locator("#store-waiting")).toContainText("has not opened yet");
  await drop(page, "#data-drop", [file("rows.csv", table({ images: 60 }))]);
  await page.locator("#run-start").click();
  await expect(page.locator("#store-waiting")).toHaveCount(0, { timeout: 20_000 });
  await expect(page.locator("#run-state")).toHaveText(/Finished/, { timeout: 60_000 });
  await expect.poll(() => counts(page).then(([runs, history]) => [runs, history]), { timeout: 20_000 }).toEqual([1, 3]);
});

test("a worker that never answers is reported, and the run continues without it or ends with a checkpoint", async ({ page, context, url }) => {
  test.setTimeout(180_000);
  await beforeTrainer(context, `
    Object.defineProperty(navigator, "hardwareConcurrency", { value: 2 });
    let hung = false;
    self.addEventListener("message", ({ data }) => { hung ||= data === "hang"; });
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (message, ...more) {
      if (!(hung && message?.ok)) post.call(this, message, ...more);
    };`);
  await page.addInitScript(() => {
    const stepWorkers: Worker[] = [];
    Object.assign(globalThis, { stepWorkers });
    globalThis.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        if (options?.name === "step-worker") stepWorkers.push(this);
      }
    };
  });
  const hang = (): Promise<void> => page.evaluate(() => (globalThis as unknown as { stepWorkers: Worker[] }).stepWorkers.at(-1)?.postMessage("hang"));
  await openWith(page, url, "tiny;epochs=500;batch_size=128;warmup_epochs=0");
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 1);

  await hang();
  const notice = page.locator("#trainer-late");
  await expect(notice).toContainText(/Worker 2 of 2.* has not answered since .*usually this takes/, { timeout: 40_000 });
  await notice.getByRole("button", { name: "Continue without the workers" }).click();
  await expect(notice).toHaveCount(0);
  await expect(page.locator("#run-alone")).toContainText("did not answer");
  await epochs(page, 3);
  await fromMenu(page, "stop");
  await expect(page.locator("#run-state")).toHaveText(/Stopped/);
  await fromMenu(page, "reset");

  await page.locator("#run-start").click();
  await epochs(page, 1);
  await hang();
  await expect(notice).toContainText("has not answered since", { timeout: 40_000 });
  const before = await page.locator("#run-saved").textContent();
  await notice.getByRole("button", { name: "End the run with a checkpoint" }).click();
  await expect(page.locator("#run-state")).toHaveText(/Stopped/, { timeout: 30_000 });
  await expect(page.locator("#run-saved")).not.toHaveText(before ?? "");
  await expect(page.locator("#run-resume")).toBeEnabled();
});
