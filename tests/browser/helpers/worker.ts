/** What a browser may do to the trainer's worker: code put before its own, and ways to reach in. */
import type { BrowserContext, Page, Worker } from "@playwright/test";

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
