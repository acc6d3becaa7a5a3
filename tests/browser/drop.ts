/** A 110 MB table is dropped on the page: how long it takes, and how long the page is blocked. */
import { table } from "./helpers/csv.js";
import { largeFile } from "./helpers/drop.js";
import { mainThreadTasks } from "./helpers/measure.js";
import { expect, test } from "./helpers/test.js";

const MEGABYTES = 110;

test("drop", async ({ page, browser, url }) => {
  await page.goto(`${url}#train`);
  const part = table({ images: 1000 });
  const dataTransfer = await largeFile(page, "large.csv", part, Math.ceil((MEGABYTES * 1e6) / part.length));
  const start = Date.now();
  const tasks = await mainThreadTasks(browser, page, async () => {
    await page.locator("#data-drop").dispatchEvent("drop", { dataTransfer });
    await expect(page.locator("#data-summary")).toBeVisible({ timeout: 600_000 });
  });
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const longest = (key: "wall" | "cpu"): number => Math.round(Math.max(...tasks.map((task) => task[key])));
  process.stdout.write(`${MEGABYTES} MB read in ${seconds} s: ${await page.locator("#data-files").innerText()}\n`);
  process.stdout.write(`longest main-thread task: ${longest("cpu")} ms of computing, ${longest("wall")} ms by the clock\n`);
});
