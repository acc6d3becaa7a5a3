/** The page starts in unusual browsers, and if it cannot, the user sees what failed and what to do. */
import type { BrowserContext, Page, Route } from "@playwright/test";
import { ready } from "./helpers/ink.js";
import { builtPage } from "./helpers/places.js";
import { serve } from "./helpers/server.js";
import { expect, test } from "./helpers/test.js";

const MAIN = /\/main-[^/]*\.js$/;

/** The message shown instead of a page that does not start. */
async function problem(page: Page, says: RegExp): Promise<void> {
  const notice = page.locator("#start-problem");
  await expect(notice).toHaveText(says, { timeout: 20_000 });
  await expect(notice.getByRole("button", { name: "Reload" })).toBeVisible();
}

/** No element shows a waiting state any more. */
async function nobodyWaits(page: Page): Promise<void> {
  await expect(page.locator("#status")).toHaveText("The page could not start.");
  await expect(page.getByText(/Starting…|Loading the model/)).toHaveCount(0);
}

/** Replaces the page's own script. */
async function mainIs(context: BrowserContext, change: (script: string) => string): Promise<void> {
  await context.route(MAIN, async (route: Route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: change(await response.text()) });
  });
}

for (const language of ["C", "POSIX", "", "en-US@posix"]) {
  test(`a browser whose language is “${language}” is no reason to fail`, async ({ page, url }) => {
    await page.addInitScript((name) => {
      Object.defineProperty(navigator, "language", { get: () => name });
      Object.defineProperty(navigator, "languages", { get: () => [name] });
    }, language);
    await page.goto(url);
    await ready(page);
    await expect(page.locator("#status")).toHaveText(/^Ready/);
    await expect(page.locator("#run-loss canvas")).toHaveCount(1);
    await expect(page.locator("#start-problem")).toHaveCount(0);
  });
}

test("a script that cannot be fetched", async ({ page, context, url, guard }) => {
  guard.allow(/ERR_FAILED/);
  await context.route(MAIN, (route) => route.abort());
  await page.goto(url);
  await problem(page, /did not load \(main-.*\.js\): the server cannot be reached\.\s*Check the connection/);
  await nobodyWaits(page);
});

test("a script that belongs to another version", async ({ page, context, url, guard }) => {
  guard.allow(/status of 404/);
  await context.route(MAIN, (route) => route.fulfill({ status: 404, body: "gone" }));
  await page.goto(url);
  await problem(page, /newer version of this page was published\.\s*Reload/);
  await nobodyWaits(page);
});

test("what the script imports belongs to another version", async ({ page, context, url, guard }) => {
  guard.allow(/status of 404/);
  await context.route(/\/shared-[^/]*\.js$/, (route) => route.fulfill({ status: 404, body: "gone" }));
  await page.goto(url);
  await problem(page, /did not load \(shared-.*\.js\): the server does not have it any more\..*newer version/);
  await nobodyWaits(page);
});

test("a style sheet that does not load", async ({ page, context, url, guard }) => {
  guard.allow(/ERR_FAILED/);
  await context.route(/\/style-[^/]*\.css$/, (route) => route.abort());
  await page.goto(url);
  await problem(page, /did not load \(style-.*\.css\)/);
});

test("an error while the page loads, at module level and later", async ({ page, context, url, guard }) => {
  guard.allow(/uncaught: .*(module level|a part of it)/s);
  await mainIs(context, (script) => `throw new Error("at module level");\n${script}`);
  await page.goto(url);
  await problem(page, /stopped while it was starting \(.*at module level\)\.\s*Reload/);
  await nobodyWaits(page);

  await context.unroute(MAIN);
  // If the page waits for something, the browser may report nothing: the page does.
  await page.addInitScript(() => {
    document.getElementById = () => {
      throw new Error("in a part of it");
    };
  });
  await page.goto("about:blank");
  await page.goto(url);
  await problem(page, /stopped while it was starting \(.*in a part of it\)/);
});

test("a script that an old browser does not understand", async ({ page, context, url, guard }) => {
  // The debugger reports it without a message.
  guard.allow(/SyntaxError|uncaught: $/);
  await mainIs(context, (script) => `let pipe = 1 |> 2;\n${script}`);
  await page.goto(url);
  await problem(page, /does not understand the language of the page's scripts.*Use a current version of Firefox/);
  await nobodyWaits(page);
});

test("a script that never reports its start", async ({ page, context, url }) => {
  await mainIs(context, () => "await new Promise(() => undefined);");
  await page.goto(url);
  await problem(page, /has not started, and the browser does not say why/);
  await nobodyWaits(page);
});

test("a page that is only late withdraws the message", async ({ page, context, url, guard }) => {
  guard.allow(/a part that is not needed/);
  await mainIs(context, (script) => `void Promise.reject(new Error("a part that is not needed"));
    await new Promise((later) => setTimeout(later, 7000));\n${script}`);
  await page.goto(url);
  await problem(page, /a part that is not needed/);
  await ready(page);
  await expect(page.locator("#start-problem")).toHaveCount(0);
  await expect(page.locator("#status")).toHaveText(/^Ready/);
});

test("a browser without WebAssembly, or without SIMD", async ({ page, url, guard }) => {
  guard.allow(/WebAssembly/);
  await page.addInitScript("delete globalThis.WebAssembly");
  await page.goto(url);
  await problem(page, /has no WebAssembly.*switched off/);
  await page.addInitScript("globalThis.WebAssembly = { validate: () => false }");
  await page.goto("about:blank");
  await page.goto(url);
  await problem(page, /lacks SIMD.*Use a current version/);
});

test("the page works on a host that sends no headers, as GitHub Pages", async ({ page, guard }) => {
  const host = await serve(builtPage(), { headers: false });
  guard.host(host.url);
  await page.goto(host.url);
  await ready(page);
  await expect(page.locator("#status")).toHaveText(/^Ready/);
  await host.close();
});

test("the page cannot be framed, and its workers have the policy, too", async ({ page, url, guard }) => {
  guard.allow(/frame-ancestors|ERR_BLOCKED_BY_RESPONSE|refused to connect|Content Security Policy/);
  const answer = await page.goto(url);
  expect(answer?.headers()).toMatchObject({
    "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-cache",
  });
  await ready(page);
  const predictor = page.workers().find((worker) => /\/predictor-/.test(worker.url()));
  const refused = await predictor?.evaluate(async () => {
    const directives: string[] = [];
    addEventListener("securitypolicyviolation", (event) => {
      directives.push((event as SecurityPolicyViolationEvent).effectiveDirective);
    });
    await fetch("https://example.invalid/").catch(() => undefined);
    try {
      new Worker("nobody-vouched-for-this.js");
    } catch {
      // As expected.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    return directives;
  });
  expect(refused).toEqual(["connect-src", "require-trusted-types-for"]);

  await page.goto("about:blank");
  await page.setContent(`<iframe src="${url}"></iframe>`);
  await page.waitForTimeout(500);
  const framed = page.frames().find((frame) => frame.parentFrame() !== null);
  expect(await framed?.locator("#status").count().catch(() => 0)).toBe(0);
});
