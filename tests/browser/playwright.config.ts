/** The page in a real browser. What it leaves goes into the build folder. */
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { chromium, FLAGS } from "./helpers/chromium.js";
import { output } from "./helpers/places.js";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  // These have a configuration of their own.
  testIgnore: "engines/**",
  outputDir: join(output, "results"),
  // One browser at a time: training wants the whole machine, and times are measured.
  workers: 1,
  fullyParallel: false,
  // What fails once is run again by itself, and reported as flaky; what fails twice fails the suite.
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
    // Without pictures of each moment: taking them would cost more time than the tests.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false },
    screenshot: "only-on-failure",
  },
});
