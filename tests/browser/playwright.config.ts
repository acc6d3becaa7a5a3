/** The page in a real browser. Output goes into the build folder. */
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { chromium, FLAGS } from "./helpers/chromium.js";
import { output } from "./helpers/places.js";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  // These have a separate configuration.
  testIgnore: "engines/**",
  outputDir: join(output, "results"),
  // One browser at a time: training uses the whole machine, and times are measured.
  workers: 1,
  fullyParallel: false,
  // A failed test is retried once, and reported as flaky if it then passes.
  retries: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: process.env["CI"] !== undefined,
  reporter: [["list"], ["json", { outputFile: join(output, "report.json") }]],
  use: {
    browserName: "chromium",
    launchOptions: { executablePath: chromium(), args: FLAGS },
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    // Without screenshots of each moment, which would take longer than the tests.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false },
    screenshot: "only-on-failure",
  },
});
