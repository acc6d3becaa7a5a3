/** A 110 MB table is dropped on the page: how long it takes, and how long the page does not answer. */
import { table } from "./helpers/csv.js";
import { clocks, startClocks } from "./helpers/measure.js";
import { expect, test } from "./helpers/test.js";

const MEGABYTES = 110;

test("drop", async ({ page, url }) => {
  await startClocks(page);
  await page.goto(url);
  // What is written once and repeated is a file like any other to the page, but quickly made.
  const transfer = await page.evaluateHandle(([part, megabytes]) => {
    const data = new DataTransfer();
    const count = Math.ceil((megabytes * 1e6) / part.length);
    data.items.add(new File(Array<string>(count).fill(part), "large.csv"));
    return data;
  }, [table({ images: 1000 }), MEGABYTES] as const);
  const start = await page.evaluate(() => performance.now());
  await page.locator("#data-drop").dispatchEvent("drop", { dataTransfer: transfer });
  await expect(page.locator("#data-summary")).toBeVisible({ timeout: 600_000 });
  const end = await page.evaluate(() => performance.now());
  const tasks = (await clocks(page)).tasks.filter((task) => task.start >= start).map(({ ms }) => Math.round(ms));
  process.stdout.write(`${MEGABYTES} MB read in ${((end - start) / 1000).toFixed(1)} s; ${await page.locator("#data-files").innerText()}\n`);
  process.stdout.write(`main-thread tasks over 50 ms: ${tasks.length === 0 ? "none" : tasks.join(", ")}\n`);
});
