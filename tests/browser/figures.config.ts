/** Figures that are measured now and then, not tests: `npx playwright test -c figures.config.ts strokes`. */
import config from "./playwright.config.js";

export default {
  ...config,
  testMatch: ["strokes.ts", "drop.ts", "steps.ts", "latency.ts", "keep-run.ts"],
  testIgnore: "helpers/**",
  timeout: 3_600_000,
  reporter: [["line"]],
  // What is recorded grows with every event, and takes the time of what is measured.
  use: { ...config.use, trace: "off" },
};
