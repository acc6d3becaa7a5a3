/** Access to the trainer's worker: injecting code, and making it fail. */
import type { BrowserContext, Page, Worker } from "@playwright/test";
import type { Guard } from "./test.js";

/** Runs `code` in the trainer's worker before its own script. */
export async function beforeTrainer(context: BrowserContext, code: string): Promise<void> {
  await context.route(/\/trainer-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    // In a block, so that its names are local.
    await route.fulfill({ response, body: `{${code}\n}\n${await response.text()}` });
  });
}

/** The trainer's worker. */
export function trainer(page: Page): Worker {
  const found = page.workers().find(isTrainer);
  if (!found) throw new Error("The trainer does not run");
  return found;
}

function isTrainer(worker: Worker): boolean {
  return /\/trainer-[^/]*\.js$/.test(worker.url());
}

/** Crashes the trainer, which holds files; resolves when it has ended and another one has started. */
export async function failTrainer(page: Page, guard: Guard): Promise<void> {
  guard.allow(/killed by the test/);
  const another = page.waitForEvent("worker", isTrainer);
  const failing = trainer(page);
  const ended = failing.waitForEvent("close");
  const throwing = failing.evaluate(() => {
    setTimeout(() => {
      throw new Error("killed by the test");
    });
  });
  // The worker may end before its answer is sent: the new one shows that it did.
  await Promise.all([another, ended, throwing.catch(() => undefined)]);
}
