/** The page in engines that Playwright does not drive: the runner is Playwright's, the browsers are those of the system. */
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { output } from "../helpers/places.js";
import type { EngineName, Options } from "./test.js";

const ALL: EngineName[] = ["firefox", "webkit"];

/** The engines to test in this run, else all. */
function wanted(): EngineName[] {
  const names = process.env["PATCHWORK_ENGINES"]?.split(",") ?? ALL;
  const unknown = names.filter((name) => !(ALL as string[]).includes(name));
  if (unknown.length > 0) throw new Error(`PATCHWORK_ENGINES has ${unknown.join()}; known are ${ALL.join()}`);
  return ALL.filter((name) => names.includes(name));
}

export default defineConfig<Options>({
  testDir: ".",
  outputDir: join(output, wanted().join("-")),
  workers: 1,
  fullyParallel: false,
  // A browser crash is recognised as such (test.ts); nothing else is retried.
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  forbidOnly: process.env["CI"] !== undefined,
  reporter: [["list"], ["json", { outputFile: join(output, `${wanted().join("-")}.json`) }]],
  projects: wanted().map((name) => ({ name, testMatch: ["journeys.spec.ts", `${name}.spec.ts`], use: { engineName: name } })),
});
