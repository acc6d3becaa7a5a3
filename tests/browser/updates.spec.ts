/** A new version of the page is published while tabs of the old one are open. */
import { rmSync } from "node:fs";
import type { BrowserContext, Page } from "@playwright/test";
import { answer, ready } from "./helpers/ink.js";
import { builtPage } from "./helpers/places.js";
import { serve, type Site } from "./helpers/server.js";
import { expect, test as guarded } from "./helpers/test.js";
import { builtin, epochs, text } from "./helpers/training.js";
import { anotherVersion, versionOf } from "./helpers/versions.js";
import { openView, trainReady } from "./helpers/views.js";

const old = builtPage();
const OLD = versionOf(old);
const NOTICE = "#new-version";

const test = guarded.extend<{ host: Site; next: string }>({
  next: async ({}, use) => {
    const folder = anotherVersion(old);
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  // Ends first: it may be serving the other version.
  host: async ({ guard, next: _ }, use) => {
    const host = await serve(old);
    guard.host(host.url);
    await use(host);
    await host.close();
  },
});

/** Opens the page and waits until it is cached for offline use. */
async function visit(page: Page, host: Site): Promise<void> {
  await page.goto(host.url);
  await ready(page);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (navigator.serviceWorker.controller === null) await new Promise((later) => setTimeout(later, 20));
  });
}

/** Makes the browser check for a new version, as it does from time to time. */
async function look(page: Page): Promise<void> {
  await page.evaluate(async () => void (await (await navigator.serviceWorker.getRegistration())?.update()));
}

async function version(page: Page): Promise<string | null> {
  return page.locator("meta[name=version]").getAttribute("content", { timeout: 5000 }).catch(() => null);
}

/** The versions cached by the browser. */
function kept(page: Page): Promise<string[]> {
  return page.evaluate(async () => (await caches.keys()).map((name) => name.split(" ").at(-1) ?? "").sort());
}

/** Whether the training engine is completely cached. */
function trainerKept(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      const engine = (await cache.keys()).find(({ url }) => /trainer-[^/]*\.wasm$/.test(url));
      const found = engine && (await cache.match(engine));
      if (found) return (await found.arrayBuffer()).byteLength === Number(found.headers.get("content-length"));
    }
    return false;
  });
}

/** Requested files that no longer exist. */
function gone(context: BrowserContext): string[] {
  const names: string[] = [];
  context.on("response", (response) => {
    if (response.status() === 404) names.push(response.url());
  });
  return names;
}

test("a new version is offered once, and all idle tabs switch to it on request", async ({ page, context, host, next }) => {
  const missing = gone(context);
  await visit(page, host);
  const other = await context.newPage();
  await visit(other, host);
  await page.bringToFront();
  expect(await kept(page)).toEqual([OLD]);

  host.publish(next);
  await look(page);
  await expect(page.locator(NOTICE)).toContainText("A new version of this page is ready");
  await page.locator(NOTICE).getByRole("button", { name: "Later" }).click();
  await expect(page.locator(NOTICE)).toHaveCount(0);
  await expect(other.locator(NOTICE), "said in one tab, it is said").toHaveCount(0);
  await look(page);
  await page.waitForTimeout(500);
  await expect(page.locator(NOTICE)).toHaveCount(0);

  await page.reload();
  await ready(page);
  expect(await version(page), "until then the old one is used, whole").toBe(OLD);
  expect((await answer(page)).state).toBe("sure");
  await expect(page.locator(NOTICE), "the next visit asks again").toBeVisible();
  await page.locator(NOTICE).getByRole("button", { name: "Reload" }).click();
  for (const tab of [page, other]) {
    await expect.poll(() => version(tab)).toBe(versionOf(next));
    await ready(tab);
    await expect(tab.locator(NOTICE)).toHaveCount(0);
  }
  await page.reload();
  await ready(page);
  await expect.poll(() => kept(page), "of the old version nothing stays").toEqual([versionOf(next)]);
  expect(missing).toEqual([]);
});

test("a tab left open finds the new version when it becomes visible again", async ({ page, host, next }) => {
  await page.clock.install();
  await visit(page, host);
  host.publish(next);
  const show = (): Promise<unknown> => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.clock.runFor(60_000);
  await show();
  await page.clock.runFor(5000);
  await expect(page.locator(NOTICE), "not every minute").toHaveCount(0);
  await page.clock.fastForward("01:00:01");
  await show();
  await expect(page.locator(NOTICE)).toBeVisible({ timeout: 15_000 });
});

test("the page does not wait for a host that never answers", async ({ page, host }) => {
  await visit(page, host);
  host.publish(null);
  await page.reload();
  await ready(page);
  expect(await version(page)).toBe(OLD);
});

test("if a version's page is lost and the host does not answer, another cached one is used", async ({ page, host, next }) => {
  await visit(page, host);
  host.publish(next);
  await look(page);
  await expect(page.locator(NOTICE)).toBeVisible();
  await page.evaluate(async (name) => {
    for (const key of await caches.keys()) if (key.endsWith(name)) await (await caches.open(key)).delete("./");
  }, OLD);
  host.publish(null);
  await page.reload();
  await ready(page);
  expect(await version(page)).toBe(versionOf(next));
});

test("a lost part of the version is not requested twice", async ({ page, host, next, guard }) => {
  guard.allow(/status of 404/);
  await visit(page, host);
  await page.evaluate(async () => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const file of await cache.keys()) if (/\/main-[^/]*\.js$/.test(file.url)) await cache.delete(file);
    }
  });
  host.publish(next);
  await page.goto("about:blank");
  // The browser's own cache would have it.
  const session = await page.context().newCDPSession(page);
  await session.send("Network.clearBrowserCache");
  await page.goto(host.url);
  await expect(page.locator("#start-problem")).toContainText("A newer version of this page was published");
  await page.locator("#start-problem").getByRole("button", { name: "Reload" }).click();
  await ready(page);
  expect(await version(page)).toBe(versionOf(next));
});

test("an old tab that never trained reports the right cause, and its Reload helps", async ({ page, host, next, guard }) => {
  guard.allow(/status of 404/);
  await visit(page, host);
  host.publish(next);
  await openView(page, "train");
  await page.locator("#data-builtin").click();
  await expect(page.locator(NOTICE)).toContainText("this tab still runs the old one", { timeout: 30_000 });
  const all = (await page.locator("body").innerText()).replace(/\s+/g, " ");
  expect(all).not.toMatch(/[Cc]heck the connection|interrupted/);
  await page.locator(NOTICE).getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => version(page), { timeout: 30_000 }).toBe(versionOf(next));
  await builtin(page);
  expect(await text(page, "#data-count-train")).toContain("1,600");
});

test("the files for training are available even after another version was published", async ({ page, host, next }) => {
  test.slow();
  await visit(page, host);
  await openView(page, "train");
  await expect.poll(() => trainerKept(page), { timeout: 30_000 }).toBe(true);
  host.publish(next);
  const session = await page.context().newCDPSession(page);
  await session.send("Network.clearBrowserCache");
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 1);
});

test("a tab in training keeps its version while another tab switches to the new one", async ({ page, context, host, next }) => {
  test.slow();
  await visit(page, host);
  await page.goto(`${host.url}#s=tiny;epochs=40;batch_size=32`);
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 1);
  await expect.poll(() => trainerKept(page), { timeout: 30_000 }).toBe(true);
  const other = await context.newPage();
  await visit(other, host);
  host.publish(next);
  await look(other);
  await other.locator(NOTICE).getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => version(other)).toBe(versionOf(next));
  await ready(other);

  await page.bringToFront();
  await expect(page.locator(NOTICE)).toContainText("Another tab uses a new version");
  expect(await version(page)).toBe(OLD);
  expect(await kept(page), "its files stay").toEqual([OLD, versionOf(next)].sort());
  const done = await page.locator("#run-epochs tbody tr").count();
  await epochs(page, done + 2);
  await page.locator(NOTICE).getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => version(page)).toBe(versionOf(next));
  await page.locator("#run-kept-resume").click();
  await epochs(page, done + 3);
  await other.close();
  await page.reload();
  await expect.poll(() => kept(page)).toEqual([versionOf(next)]);
});

test("unchanged files are not fetched again", async ({ page, host }) => {
  const changed = anotherVersion(old, /^(predictor-.*\.wasm|model-.*)$/);
  await visit(page, host);
  const before = host.asked.length;
  host.publish(changed);
  await look(page);
  await page.locator(NOTICE).getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => version(page), { timeout: 20_000 }).toBe(versionOf(changed));
  await ready(page);
  const asked = host.asked.slice(before);
  expect(asked.filter((name) => /main-|predictor-.*\.js/.test(name))).toHaveLength(2);
  expect(asked.filter((name) => /wasm$|safetensors$/.test(name))).toEqual([]);
  await host.close();
  rmSync(changed, { recursive: true });
});

test.describe("without a service worker", () => {
  test.use({ serviceWorkers: "block" });
  test("an old tab reports the right cause, too", async ({ page, host, next, guard }) => {
    guard.allow(/status of 404|registration blocked by Playwright/);
    await page.goto(host.url);
    await ready(page);
    await trainReady(page);
    host.publish(next);
    await openView(page, "train");
    await page.locator("#data-builtin").click();
    await expect(page.locator(NOTICE)).toContainText("this tab still runs the old one", { timeout: 30_000 });
    await expect(page.locator(".data-problem")).toContainText("A newer version of this page was published");
    const all = (await page.locator("body").innerText()).replace(/\s+/g, " ");
    expect(all).not.toMatch(/[Cc]heck the connection|interrupted/);
    await page.locator(NOTICE).getByRole("button", { name: "Reload" }).click();
    await expect.poll(() => version(page)).toBe(versionOf(next));
  });
});
