/** `test` with the page on our own host, and a guard: any error or warning of the page fails the test. */
import { test as base, expect, type BrowserContext, type ConsoleMessage } from "@playwright/test";
import { builtPage } from "./places.js";
import { serve, type Site } from "./server.js";

/** The messages seen by the guard, and exceptions. */
export interface Guard {
  /** Allows a message that this test provokes. */
  allow(pattern: RegExp): void;
  /** Allows requests to another host. */
  host(url: string): void;
}

/** Messages of Chromium about itself or this machine, not about the page. */
const NOT_OURS = [
  // Without a graphics card, Chromium explains why WebGPU or a canvas does not use one.
  /WebGPU is experimental on this platform/,
  /Automatic fallback to software WebGL/,
  /GPU stall due to ReadPixels/,
  /No available adapters/,
];

export const test = base.extend<{ guard: Guard; url: string }, { site: Site }>({
  site: [
    // Playwright requires an object pattern, even an empty one.
    async ({}, use) => {
      const site = await serve(builtPage());
      await use(site);
      await site.close();
    },
    { scope: "worker" },
  ],
  url: async ({ site }, use) => use(site.url),
  baseURL: async ({ site }, use) => use(site.url),
  guard: [
    async ({ context, site }, use) => {
      const allowed = [...NOT_OURS];
      const hosts = new Set([new URL(site.url).origin]);
      const complaints = watch(context, hosts);
      await use({
        allow: (pattern) => void allowed.push(pattern),
        host: (address) => void hosts.add(new URL(address).origin),
      });
      const left = complaints.filter((text) => !allowed.some((pattern) => pattern.test(text)));
      expect(left, "errors, warnings and foreign requests of the page").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

function watch(context: BrowserContext, hosts: ReadonlySet<string>): string[] {
  const complaints: string[] = [];
  context.on("weberror", (error) => complaints.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  context.on("console", (message) => {
    if (["error", "warning", "assert"].includes(message.type())) complaints.push(describe(message));
  });
  context.on("request", (request) => {
    const url = new URL(request.url());
    const own = hosts.has(url.origin) || url.protocol === "blob:" || url.protocol === "data:";
    if (!own) complaints.push(`request to ${request.url()}`);
  });
  context.on("page", (page) => page.on("crash", () => complaints.push("the page crashed")));
  return complaints;
}

function describe(message: ConsoleMessage): string {
  const { url, lineNumber } = message.location();
  return `console ${message.type()}: ${message.text()} (${url}:${lineNumber})`;
}
