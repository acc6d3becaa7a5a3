/** Failures: the page explains them in a sentence, and loses nothing that the user made. */
import { DIGITS } from "./helpers/digits.js";
import { download } from "./helpers/download.js";
import { answer, draw, ready } from "./helpers/ink.js";
import { builtPage } from "./helpers/places.js";
import { serve } from "./helpers/server.js";
import { expect, test } from "./helpers/test.js";
import { builtin, chooseDevice, epochs, epochTable, fromMenu, keptPlace, openDetails, openWith, place, text } from "./helpers/training.js";
import { beforeTrainer, trainer } from "./helpers/worker.js";

const SHORT = "tiny;epochs=2;batch_size=32;warmup_epochs=0";

test("a paused run resumes after a reload as if never stopped", async ({ page, url }) => {
  test.slow();
  await test.step("without a pause", async () => {
    await openWith(page, url, SHORT);
    await builtin(page);
    await page.locator("#run-start").click();
    await epochs(page, 2);
    await expect(page.locator("#run-state")).toHaveText(/Finished/);
  });
  const undisturbed = await epochTable(page);
  await fromMenu(page, "reset");
  await expect(page.locator("#run-state")).toHaveText(/Ready/);

  await page.locator("#run-start").click();
  await expect(page.locator("#run-epoch-text")).toHaveText(/step [2-9]\d of 50/, { timeout: 30_000 });
  const asked = Date.now();
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  test.info().annotations.push({ type: "pause answered in ms", description: String(Date.now() - asked) });
  // Loss and accuracy are read every tenth step; the position of the run is shown at once.
  await expect.poll(() => keptPlace(page)).toEqual(await place(page));
  const shown = await place(page);
  expect(shown.step).toBeGreaterThanOrEqual(20);
  for (let i = 1; i <= 3; i++) {
    await page.locator("#run-step").click();
    await expect.poll(() => place(page)).toEqual({ epoch: shown.epoch, step: shown.step + i });
  }
  await expect.poll(() => keptPlace(page), "single steps are kept").toEqual(await place(page));
  await page.locator("#run-resume").click();
  await expect(page.locator("#run-epoch-text")).toHaveText(/step [34]\d of 50/, { timeout: 30_000 });
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  await page.locator("#run-step").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  await expect.poll(() => keptPlace(page)).toEqual(await place(page));
  const stood = await place(page);
  await page.reload();

  await expect(page.locator("#run-kept")).toContainText(`stopped at epoch ${stood.epoch}, step ${stood.step}.`);
  await page.locator("#run-kept-resume").click();
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 30_000 });
  await epochs(page, 2);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  const resumed = await epochTable(page);
  // All except speed and time.
  const figures = (rows: number[][]): number[][] => rows.map((row) => row.slice(0, 6));
  expect(figures(resumed)).toEqual(figures(undisturbed));
});

test("a crashed trainer is replaced, and the run resumes from its checkpoint", async ({ page, url, guard }) => {
  test.slow();
  guard.allow(/killed by the test/);
  await openWith(page, url, "tiny;epochs=3;batch_size=32");
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 1);
  await expect(page.locator("#run-saved")).toHaveText(/\d/);
  await trainer(page).evaluate(() => {
    setTimeout(() => {
      throw new Error("killed by the test");
    });
  });
  await expect(page.locator("#run-failed")).toContainText("stopped");
  await expect(page.locator("#run-state")).toHaveText(/interrupted/);
  await draw(page, DIGITS[0] ?? []);
  expect((await answer(page)).state).not.toBe("waiting");
  await page.getByRole("button", { name: "Resume from the last checkpoint" }).click();
  await epochs(page, 3);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  await expect(page.locator("#run-failed")).toHaveCount(0);
});

test("a silent trainer is noticed, and the run resumes from its checkpoint", async ({ page, url }) => {
  test.slow();
  await page.clock.install();
  await openWith(page, url, "tiny;epochs=3;batch_size=32");
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 1);
  await expect(page.locator("#run-saved")).toHaveText(/\d/);
  const notice = page.locator("#trainer-silent");
  // Keeps the worker busy for some milliseconds, after it has answered.
  const freeze = (milliseconds: number): Promise<void> => trainer(page).evaluate((length) => {
    setTimeout(() => {
      for (const end = Date.now() + length; Date.now() < end;);
    });
  }, milliseconds);

  await test.step("a computer that slept makes nobody silent", async () => {
    await page.clock.fastForward("02:00:00");
    await page.clock.runFor(10_000);
    await expect(notice).toHaveCount(0);
  });
  await test.step("the notice goes when there is an answer after all", async () => {
    await freeze(5_000);
    await page.clock.runFor(130_000);
    await expect(notice).toContainText("has not answered for two minutes");
    await expect(notice).toHaveCount(0, { timeout: 20_000 });
    await expect(page.locator("#run-failed")).toHaveCount(0);
  });
  await test.step("one that never answers is restarted", async () => {
    await freeze(3_600_000);
    await page.clock.runFor(130_000);
    await notice.getByRole("button", { name: "Restart it" }).click();
    await expect(notice).toHaveCount(0);
    await expect(page.locator("#run-failed")).toContainText("did not answer");
    await page.getByRole("button", { name: "Resume from the last checkpoint" }).click();
    await epochs(page, 3);
    await expect(page.locator("#run-state")).toHaveText(/Finished/);
  });
});

/** Makes the browser refuse to store more in these tables, once `self.full` is set in the trainer. */
const FILLS_UP = (tables: string): string => `
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...args) {
    if (self.full && ${tables}.test(this.name)) throw new DOMException("full, says the test", "QuotaExceededError");
    return put.apply(this, args);
  };`;

test("when the storage fills up, training continues and the page reports it once", async ({ page, context, url }) => {
  test.slow();
  await beforeTrainer(context, FILLS_UP("/./"));
  await openWith(page, url, "tiny;epochs=4;batch_size=32");
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 1);
  await expect(page.locator("#run-saved")).toHaveText(/\d/);
  await expect(page.locator("#run-not-saved")).toHaveCount(0);
  await trainer(page).evaluate(() => void Object.assign(globalThis, { full: true }));
  await expect(page.locator("#run-not-saved")).toContainText("storage is full", { timeout: 30_000 });
  await epochs(page, 4);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  await expect(page.locator("#run-not-saved")).toHaveCount(1);
  await expect(page.locator("#results-line")).toHaveText(/after epoch 4:/i);
  const model = await download(page.locator("#results-save-best"));
  expect(model.bytes.length).toBeGreaterThan(4 * 139_018);
  // What was stored before stays valid: the run can be resumed from there.
  await page.reload();
  await page.locator("#run-kept-resume").click();
  await epochs(page, 4);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
});

test("a run whose data could not be stored is not offered for resuming", async ({ page, context, url }) => {
  await beforeTrainer(context, `self.full = true; ${FILLS_UP("/^data$/")}`);
  await openWith(page, url, SHORT);
  await builtin(page);
  await page.locator("#run-start").click();
  await expect(page.locator("#run-not-saved")).toContainText("storage is full", { timeout: 30_000 });
  await epochs(page, 1);
  await fromMenu(page, "stop");
  await expect(page.locator("#run-state")).toHaveText(/Stopped|Finished/);
  await expect(page.locator("#run-resume"), "without its data it cannot go on").toBeDisabled();
  await page.reload();
  const row = page.locator("#runs-table tbody tr");
  await expect(row).toHaveCount(1);
  await expect(row.getByRole("button", { name: /^Resume/ })).toBeDisabled();
  await expect(row.getByRole("button", { name: /^Show the results/ })).toBeEnabled();
  await expect(page.locator("#run-kept")).toBeEmpty();
});

test("a diverging run is reported, and cannot be resumed", async ({ page, url }) => {
  // Weights that are reversed and grow at each step.
  const wild = "tiny;epochs=50;batch_size=32;learning_rate=10;weight_decay=1;clip_norm=0;warmup_epochs=0"
    + ";schedule=constant";
  await openWith(page, url, wild);
  await builtin(page);
  await page.locator("#run-start").click();
  const notice = page.locator("#run-failed");
  await expect(notice).toContainText("became NaN", { timeout: 50_000 });
  await expect(notice).toContainText("lower learning rate");
  await expect(notice.getByRole("button")).toHaveCount(0);
  await expect(page.locator("#run-resume")).toBeDisabled();
  await expect(page.locator("#run-state")).toHaveText(/interrupted/);
  // The trainer itself is well: a tamer run starts at once.
  await fromMenu(page, "reset");
  await openDetails(page.locator("#settings-training"));
  await page.locator("#set-learning_rate").fill("0.002");
  await page.locator("#set-weight_decay").fill("0.05");
  await page.locator("#set-weight_decay").blur();
  await page.locator("#run-start").click();
  await epochs(page, 1);
  await expect(notice).toHaveCount(0);
});

test("without WebGPU the CPU trains, and the page says why", async ({ page, context, url }) => {
  await page.addInitScript("delete Navigator.prototype.gpu");
  await beforeTrainer(context, "delete WorkerNavigator.prototype.gpu;");
  await page.goto(`${url}#train`);
  await openDetails(page.locator("#settings-device"));
  await expect(page.locator("input[name=device][value=gpu]")).toBeDisabled();
  await builtin(page);
  await expect(page.locator("#device-note")).toHaveText(/CPU.*WebGPU/);
  await expect(page.locator("#status")).toHaveText(/Training runs on the CPU/);
  await page.locator("#run-start").click();
  await expect(page.locator("#run-epoch-text")).toHaveText(/step \d+ of/, { timeout: 30_000 });
});

test("an adapter without timestamps is not used, and the page says why", async ({ page, context, url }) => {
  await beforeTrainer(context, `
    const features = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, "features").get;
    Object.defineProperty(GPUAdapter.prototype, "features", {
      get() { return new Set([...features.call(this)].filter((name) => name !== "timestamp-query")); },
    });`);
  await page.goto(`${url}#train`);
  await openDetails(page.locator("#settings-device"));
  await builtin(page);
  await expect(page.locator("#device-note")).toHaveText(/timestamp-query/);
  await expect(page.locator("#status")).toHaveText(/Training runs on the CPU/);
  await chooseDevice(page, "gpu");
  await expect(page.locator("#device-note")).toHaveText(/timestamp-query.*driver/);
  // The failed choice loses nothing: the CPU still has the data.
  await chooseDevice(page, "cpu");
  await page.locator("#run-start").click();
  await expect(page.locator("#run-epoch-text")).toHaveText(/step \d+ of/, { timeout: 30_000 });
});

test("without the chosen graphics card data is read all the same, and one click trains on the CPU", async ({ page, context, url }) => {
  const none = "GPU.prototype.requestAdapter = async () => null;";
  await page.addInitScript(none);
  await beforeTrainer(context, none);
  await openWith(page, url, SHORT, "gpu");
  const note = page.locator("#device-note");
  await expect(note).toContainText("has WebGPU but found no graphics card for it.");
  await expect(note.getByRole("button", { name: "Use the CPU" })).toBeVisible();
  expect(await text(page, "#device-note")).not.toContain("..");
  // As at the next visit: the choice was stored, and the data is loaded first.
  await page.reload();
  await builtin(page);
  expect(await text(page, "#data-count-train")).toContain("1,600");
  await expect(page.locator(".data-problem")).toHaveCount(0);
  await expect(note).toContainText("found no graphics card");
  await page.locator("#run-start").click();
  await expect(page.locator("#run-failed")).toContainText("Or train on the CPU.");
  await page.locator("#run-failed").getByRole("button", { name: "Train on the CPU" }).click();
  await expect(page.locator("#run-epoch-text")).toHaveText(/step \d+ of/, { timeout: 30_000 });
  await expect(page.locator("#run-failed")).toHaveCount(0);
  await expect(page.locator("input[name=device][value=cpu]")).toBeChecked();
});

test("without storage everything else works, and the page says so", async ({ page, context, url }) => {
  const refuse = "IDBFactory.prototype.open = () => { throw new DOMException('refused by the test', 'SecurityError'); };";
  await page.addInitScript(refuse);
  await beforeTrainer(context, refuse);
  await openWith(page, url, SHORT);
  await ready(page);
  await page.locator("#forget").scrollIntoViewIfNeeded();
  await expect(page.locator("#foot-usage")).toHaveText(/keeps? nothing/);
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 2);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  await page.locator("#results-epoch").focus();
  await page.keyboard.press("Home");
  await expect(page.locator("#results-line")).toHaveText(/after epoch 1:/i);
  await draw(page, DIGITS[1] ?? []);
  expect((await answer(page)).digit).not.toBeNull();
});

test("after the first visit the page works offline, including training if it has trained before", async ({ page, guard }) => {
  guard.allow(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/);
  const host = await serve(builtPage());
  guard.host(host.url);
  await page.goto(`${host.url}#train`);
  await ready(page);
  await builtin(page);
  // Completely: Chromium lists a file even while it is being written.
  await expect.poll(() => page.evaluate(async () => {
    const names = await caches.keys();
    const files = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    const engine = files.flat().find(({ url }) => /trainer-[^/]*\.wasm$/.test(url));
    const kept = engine && await caches.match(engine);
    if (!kept) return "not there";
    const { byteLength } = await kept.arrayBuffer();
    return byteLength === Number(kept.headers.get("content-length")) ? "whole" : `${byteLength} bytes`;
  }), { timeout: 30_000 }).toBe("whole");
  await host.close();
  await page.reload();
  await ready(page);
  await page.locator("#clear").click();
  await draw(page, DIGITS[6] ?? []);
  expect((await answer(page)).digit).toBe(6);
  await builtin(page);
  expect(await text(page, "#data-count-train")).toContain("1,600");
});

test("an injected script does not run", async ({ page, url, guard }) => {
  guard.allow(/Content Security Policy|Trusted(Script|HTML)/);
  guard.allow(/request to https:\/\/example\.invalid/);
  const failures: string[] = [];
  page.on("requestfailed", (request) => failures.push(`${request.url()} ${request.failure()?.errorText}`));
  await page.goto(`${url}#train`);
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
  const ran = await page.evaluate(async () => {
    const refused: string[] = [];
    const attempt = (what: string, put: () => void): void => {
      try {
        put();
      } catch {
        refused.push(what);
      }
    };
    const inline = document.createElement("script");
    attempt("inline", () => void (inline.textContent = "document.title = 'taken over'"));
    attempt("markup", () => void (document.createElement("div").innerHTML = "<img>"));
    attempt("worker", () => void new Worker("./start.js"));
    const foreign = "https://example.invalid/foreign.js";
    await import(foreign).catch(() => refused.push("foreign"));
    const image = document.createElement("img");
    attempt("handler", () => image.setAttribute("onerror", "document.title = 'taken over'"));
    image.src = "data:,";
    document.body.append(inline, image);
    await new Promise((done) => setTimeout(done, 300));
    return { title: document.title, refused };
  });
  expect(ran.title).not.toBe("taken over");
  expect(ran.refused).toEqual(["inline", "markup", "worker", "foreign", "handler"]);
  expect(failures).toEqual(["https://example.invalid/foreign.js csp"]);
});
