/** A 110 MB table is dropped on the page: how long it takes, and how long the page does not answer. */
import { table } from "./helpers/csv.js";
import { mainThreadTasks } from "./helpers/measure.js";
import { expect, test } from "./helpers/test.js";

const MEGABYTES = 110;

test("drop", async ({ page, browser, url }) => {
  await page.goto(url);
  // What is written once and repeated is a file like any other to the page, but quickly made.
  const transfer = await page.evaluateHandle(([part, megabytes]) => {
    const data = new DataTransfer();
    const count = Math.ceil((megabytes * 1e6) / part.length);
    data.items.add(new File(Array<string>(count).fill(part), "large.csv"));
    return data;
  }, [table({ images: 1000 }), MEGABYTES] as const);
  const start = Date.now();
  const tasks = await mainThreadTasks(browser, page, async () => {
    await page.locator("#data-drop").dispatchEvent("drop", { dataTransfer: transfer });
    await expect(page.locator("#data-summary")).toBeVisible({ timeout: 600_000 });
  });
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const longest = (key: "wall" | "cpu"): number => Math.round(Math.max(...tasks.map((task) => task[key])));
  process.stdout.write(`${MEGABYTES} MB read in ${seconds} s: ${await page.locator("#data-files").innerText()}\n`);
  process.stdout.write(`longest main-thread task: ${longest("cpu")} ms of computing, ${longest("wall")} ms by the clock\n`);
});
