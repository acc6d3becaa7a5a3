/** `journey`: a test in a separate window, with a guard: any error or warning of the page fails the test. */
import { test as base, expect, type TestInfo } from "@playwright/test";
import { builtPage } from "../helpers/places.js";
import { serve, type Site } from "../helpers/server.js";
import type { Browser } from "./browser.js";
import { pause } from "./child.js";
import type { Engine, Manner, Window } from "./engine.js";
import { firefox } from "./firefox.js";
import { inChromium } from "./reference.js";
import { webkit } from "./webkit.js";

const ENGINES = { firefox, webkit };

/** The engines by name. */
export type EngineName = keyof typeof ENGINES;

/** The options of a project in the configuration. */
export interface Options {
  engineName: EngineName;
}

/** What a journey can use. */
export interface Scene {
  browser: Browser;
  /** A host for this journey alone. */
  site: Site;
  /** The epochs of the run `SHORT` in Chromium. */
  reference(): Promise<number[][]>;
}

const test = base.extend<object, Options & { engine: Engine; reference: () => Promise<number[][]> }>({
  engineName: ["firefox", { option: true, scope: "worker" }],
  engine: [
    async ({ engineName }, use) => {
      const engine = await ENGINES[engineName]();
      await use(engine);
      await engine.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  reference: [
    // Playwright requires an object pattern, even an empty one.
    async ({}, use) => {
      let epochs: Promise<number[][]> | null = null;
      await use(() => (epochs ??= inChromium()));
    },
    { scope: "worker" },
  ],
});

export { expect };

/** A test that walks through the page. */
export function journey(title: string, manner: Manner, walk: (scene: Scene) => Promise<void>): void {
  test(title, async ({ engine, reference }, info) => {
    /** One attempt. Returns the output of a crash if the journey can be repeated; null on success. */
    const once = async (again: boolean): Promise<string | null> => {
      const window = await engine.open(manner);
      const site = await serve(builtPage());
      try {
        await walk({ browser: window.browser, site, reference });
        expect(await complaints(engine, window), "errors and warnings of the page").toEqual([]);
        return null;
      } catch (error) {
        // The last output may still be on its way.
        await pause(150);
        const crash = window.crash();
        if (crash !== null && !again) return crash;
        await attach(info, engine, window);
        throw error;
      } finally {
        await window.close();
        await site.close();
      }
    };
    const crash = await once(false);
    if (crash === null) return;
    test.setTimeout(2 * info.timeout);
    report(info, `${crash}. The journey was made once more.`);
    await once(true);
  });
}

/** Adds a note to the test's result, in the list and in the report. */
function report(info: TestInfo, what: string): void {
  info.annotations.push({ type: "note", description: what });
  process.stdout.write(`    note on "${info.title}": ${what}\n`);
}

async function complaints(engine: Engine, { browser }: Window): Promise<string[]> {
  // The last output may still be on its way.
  await pause(150);
  return browser.printed.flatMap((line) => engine.complaint.exec(line)?.[1] ?? []);
}

/** Attaches what helps to understand a failed journey. */
async function attach(info: TestInfo, engine: Engine, window: Window): Promise<void> {
  const { browser } = window;
  const text = (body: readonly string[]): { body: string; contentType: string } => ({ body: body.join("\n"), contentType: "text/plain" });
  // A hanging browser must not hide the error.
  const soon = <T>(answer: Promise<T>, otherwise: T): Promise<T> =>
    Promise.race([answer.catch(() => otherwise), pause(5_000).then(() => otherwise)]);
  const places = ["#status", "#alerts", "#run-kept", "#run-notices", "#run-state", "#run-epoch-text", "#device-note"];
  const said = places.map(async (place) => `${place}: ${(await soon(browser.text(place), "?")).trim()}`);
  await info.attach("said on the page", text(await Promise.all(said)));
  await info.attach("complaints", text(await complaints(engine, window)));
  await info.attach("printed by the browser", text(browser.printed));
  const picture = await soon<Buffer | null>(browser.picture(), null);
  if (picture) await info.attach("window", { body: picture, contentType: "image/png" });
}
