/** A run stored by the page of November 2026 (`keep-run.ts`) is offered, resumed, and trained to the same end. */
import { continued } from "./helpers/continued.js";
import { readKeptRun, restore } from "./helpers/kept.js";
import { expect, test } from "./helpers/test.js";
import { chooseDevice } from "./helpers/training.js";

test("a run stored by an earlier page resumes as it did there, to the last digit", async ({ page, url, guard }) => {
  test.slow();
  guard.allow(/favicon\.ico/);
  const { dump, ...expected } = readKeptRun();
  // A page of this host that stores nothing itself.
  await page.goto(new URL("sizes.json", url).href);
  await restore(page, dump);
  await page.goto(`${url}#train`);
  await expect(page.locator("#run-kept")).toContainText("Your run");
  await chooseDevice(page, "cpu");
  await page.locator("#run-kept-resume").click();
  expect(await continued(page)).toEqual(expected);
});
