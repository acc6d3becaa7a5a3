/** What is fetched first, and Train's view, which is fetched later: its script, its styles, and what leads to it. */
import type { BrowserContext, Route } from "@playwright/test";
import { table } from "./helpers/csv.js";
import { drop } from "./helpers/drop.js";
import { answer, predicts } from "./helpers/ink.js";
import { builtPage } from "./helpers/places.js";
import { serve } from "./helpers/server.js";
import { shiftsOf } from "./helpers/shifts.js";
import { expect, test } from "./helpers/test.js";
import { openView, trainReady } from "./helpers/views.js";

const TRAIN = /\/train-[^/]*\.(js|css)(\?.*)?$/;
const WAITING = "#train-waiting";

/** Holds the files of Train's view back until the returned function is called. */
async function held(context: BrowserContext): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await context.route(TRAIN, async (route: Route) => {
    await released;
    await route.continue();
  });
  return release;
}

test.describe("Train's view", () => {
  // A service worker would fetch the files, too.
  test.use({ serviceWorkers: "block" });
  test.beforeEach(({ guard }) => guard.allow(/registration blocked by Playwright/));

  test("is fetched after everything that the first prediction needs, and once", async ({ page, guard }) => {
    const host = await serve(builtPage());
    guard.host(host.url);
    await page.goto(host.url);
    await predicts(page);
    await trainReady(page);
    await openView(page, "inside");
    await openView(page, "train");
    await expect(page.locator("#run-start")).toBeVisible();
    const asked = host.asked.filter((name) => name.startsWith("assets/"));
    const of = (pattern: RegExp): number[] => asked.flatMap((name, at) => (pattern.test(name) ? [at] : []));
    const needed = of(/(main|shared|predictor|style|model)-/);
    expect(needed.length).toBeGreaterThanOrEqual(6);
    expect(Math.min(...of(/train-/))).toBeGreaterThan(Math.max(...needed));
    expect(of(/train-/)).toHaveLength(2);
    await host.close();
  });

  for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
    test(`says that it is loading, then moves nothing (${viewport.width} px)`, async ({ page, context, url }) => {
      await page.setViewportSize(viewport);
      const release = await held(context);
      await page.goto(`${url}#train`);
      await predicts(page);
      await expect(page.locator("#train-title")).toBeVisible();
      await expect(page.locator(WAITING)).toHaveText(/^Loading the training part/);
      await expect(page.locator("#data, #settings, #run").filter({ visible: true })).toHaveCount(0);
      await expect(page.locator(".foot")).not.toBeInViewport();
      const moved = await shiftsOf(page, async () => {
        release();
        await trainReady(page);
        await expect(page.locator("#data-title")).toBeInViewport();
      });
      expect(moved).toBeLessThanOrEqual(0.01);
    });
  }

  test("takes settings and a place from the address, whenever it comes", async ({ page, context, url }) => {
    const release = await held(context);
    await page.goto(`${url}#s=small;epochs=7`);
    await predicts(page);
    release();
    await expect(page.locator("#settings-title")).toBeInViewport();
    await expect(page.locator("#settings-presets input:checked")).toHaveValue("small");
    await expect(page.locator("#set-epochs")).toHaveValue("7");
    await page.goto("about:blank");
    // With a drawing and another view: nothing of the link is lost.
    await page.goto(`${url}#inside&block=2&s=tiny;epochs=9`);
    await predicts(page);
    await expect(page.locator("#see")).toBeVisible();
    await expect.poll(() => new URL(page.url()).hash).toBe("#inside");
    await openView(page, "train");
    await expect(page.locator("#set-epochs")).toHaveValue("9");
    await page.goto("about:blank");
    await page.goto(`${url}#runs`);
    await expect(page.locator("#runs-title")).toBeInViewport();
  });

  test("gets files that were dropped before it came", async ({ page, context, url }) => {
    const release = await held(context);
    await page.goto(url);
    await predicts(page);
    await drop(page, "#draw", [{ name: "one.csv", bytes: Buffer.from(table()) }]);
    await drop(page, "#answer", [{ name: "two.csv", bytes: Buffer.from(table()) }]);
    await expect(page.locator("#train-title")).toBeVisible();
    release();
    await expect(page.locator("#data-files")).toContainText("one.csv", { timeout: 30_000 });
    await expect(page.locator("#data-files")).toContainText("two.csv", { timeout: 30_000 });
  });

  test("gets files that were dropped before the storage opened", async ({ page, url }) => {
    // It never answers: the page goes on without it after two seconds.
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest;
    });
    await page.goto(`${url}#train`);
    await drop(page, "#data-drop", [{ name: "early.csv", bytes: Buffer.from(table()) }]);
    await expect(page.locator("#data-files")).toContainText("early.csv", { timeout: 30_000 });
  });

  test("says why it did not come, and tries again; drawing goes on meanwhile", async ({ page, context, url, guard }) => {
    guard.allow(/ERR_FAILED|ERR_INTERNET_DISCONNECTED/);
    await context.route(TRAIN, (route) => route.abort());
    await page.goto(url);
    await predicts(page);
    await openView(page, "train");
    const notice = page.locator(`${WAITING} [role=alert]`);
    await expect(notice).toHaveText(/could not be loaded.*Check the connection, then try again/);
    expect((await answer(page)).bars).toHaveLength(10);
    await notice.getByRole("button", { name: "Try again" }).click();
    await expect(notice).toHaveText(/could not be loaded/);
    await context.unroute(TRAIN);
    await notice.getByRole("button", { name: "Try again" }).click();
    await trainReady(page);
    await expect(page.locator("#run-start")).toBeEnabled();
  });

  test("of another version: says so", async ({ page, context, url, guard }) => {
    guard.allow(/status of 404/);
    await context.route(TRAIN, (route) => route.fulfill({ status: 404, body: "gone" }));
    await page.goto(`${url}#train`);
    await expect(page.locator(`${WAITING} [role=alert]`)).toHaveText(/newer version of this page was published.*Reload/);
    await expect(page.locator("#new-version")).toBeVisible();
  });
});

test("all views work offline after the first visit to one of them", async ({ page, context, url, guard }) => {
  guard.allow(/ERR_INTERNET_DISCONNECTED/);
  await page.goto(url);
  await predicts(page);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (navigator.serviceWorker.controller === null) await new Promise((later) => setTimeout(later, 20));
  });
  await context.setOffline(true);
  await page.goto("about:blank");
  await page.goto(`${url}#train`);
  await trainReady(page);
  await expect(page.locator("#run-start")).toBeVisible();
});
