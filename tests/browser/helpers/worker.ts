/** What a browser may do to the trainer's worker: code put before its own, and ways to reach in. */
import type { BrowserContext, Page, Worker } from "@playwright/test";
import type { Guard } from "./test.js";

/** Runs `code` in the trainer's worker before anything of ours. */
export async function beforeTrainer(context: BrowserContext, code: string): Promise<void> {
  await context.route(/\/trainer-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    // In a block: its names are its own.
    await route.fulfill({ response, body: `{${code}\n}\n${await response.text()}` });
  });
}

/** The trainer's worker. */
export function trainer(page: Page): Worker {
  const found = page.workers().find((worker) => /\/trainer-[^/]*\.js$/.test(worker.url()));
  if (!found) throw new Error("The trainer does not run");
  return found;
}

/** Ends the trainer, which holds files, as a fault of its own would; answers when another one has begun. */
export async function failTrainer(page: Page, guard: Guard): Promise<void> {
  guard.allow(/killed by the test/);
  const another = page.waitForEvent("worker");
  await trainer(page).evaluate(() => {
    setTimeout(() => {
      throw new Error("killed by the test");
    });
  });
  await another;
}
