/** Measurements made occasionally, not tests: `npx playwright test -c figures.config.ts strokes`. */
import config from "./playwright.config.js";

export default {
  ...config,
  testMatch: ["strokes.ts", "drop.ts", "steps.ts", "latency.ts", "keep-run.ts", "look-inside.ts", "visit.ts", "screenshots.ts"],
  testIgnore: "helpers/**",
  timeout: 3_600_000,
  reporter: [["line"]],
  // A trace grows with every event, and would distort the timings.
  use: { ...config.use, trace: "off" },
};
