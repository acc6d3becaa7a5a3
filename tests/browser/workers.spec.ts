/** Without a graphics card, workers share the steps of a run. The run is the same with and without them. */
import type { BrowserContext, Page } from "@playwright/test";
import { expect, test } from "./helpers/test.js";
import { builtin, epochs, epochTable, openWith } from "./helpers/training.js";
import { beforeTrainer, trainer } from "./helpers/worker.js";

/** Four times twelve steps of 128 images, each in four parts. */
const RUN = "tiny;epochs=4;batch_size=128;warmup_epochs=0;dropout=0.1;rotate=10;thickness=0.5";

/**
 * The page records the workers that it starts for the trainer, and the trainer counts its requests to them. `made` is
 * run for each of them; one that gets the message "die" fails instead of giving its tenth answer.
 */
async function countStepWorkers(context: BrowserContext, made: string): Promise<void> {
  await context.addInitScript(`
    self.stepWorkers = [];
    self.Worker = class extends Worker {
      constructor(url, options) {
        super(url, options);
        if (options.name !== "step-worker") return;
        self.stepWorkers.push(this);
        ${made}
      }
    };`);
  await beforeTrainer(context, `
    Object.defineProperty(navigator, "hardwareConcurrency", { value: 4 });
    self.asked = { gradients: 0, logits: 0 };
    let dies = false;
    let answers = 0;
    self.addEventListener("message", ({ data }) => { dies ||= data === "die"; });
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (message, ...more) {
      if (message?.call !== undefined) self.asked[message.call] += 1;
      if (dies && message?.ok && ++answers === 10) return void setTimeout(() => { throw new Error("killed by the test"); });
      return post.call(this, message, ...more);
    };`);
}

const stepWorkers = (page: Page): Promise<number> =>
  page.evaluate(() => (globalThis as unknown as { stepWorkers: Worker[] }).stepWorkers.length);

const asked = (page: Page): Promise<Record<"gradients" | "logits", number>> =>
  trainer(page).evaluate(() => (globalThis as unknown as { asked: Record<"gradients" | "logits", number> }).asked);

/** The figures of a run, except speed and time. */
async function figures(page: Page, url: string): Promise<number[][]> {
  await openWith(page, url, RUN);
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 4);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  return (await epochTable(page)).map((row) => row.slice(0, 6));
}

test("a run is the same whether workers share its steps, fail midway or do not start", async ({ browser, url, guard }) => {
  test.slow();
  guard.allow(/killed by the test/);
  const run = async (made: string, works: boolean): Promise<number[][]> => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await countStepWorkers(context, made);
    const found = await figures(page, url);
    expect(await stepWorkers(page)).toBe(4);
    // Each of the four gets its share of every step, of four validations and of the test.
    await expect(page.locator("#run-alone")).toHaveCount(works ? 0 : 1);
    if (!works) await expect(page.locator("#run-alone")).toContainText("which is slower, with the same results");
    if (works) expect(await asked(page)).toEqual({ gradients: 4 * 4 * 12, logits: 4 * 5 });
    await context.close();
    return found;
  };
  const shared = await run("", true);
  const [first, last] = [shared[0], shared.at(-1)].map((row) => row?.[1] ?? NaN);
  expect(last, "training loss falls").toBeLessThan(0.9 * (first ?? NaN));

  // The last one fails at its tenth answer; the others are ended.
  expect(await run(`if (self.stepWorkers.length === 4) this.postMessage("die");`, false)).toEqual(shared);
  expect(await run(`throw new Error("no workers here");`, false)).toEqual(shared);
});

test("step workers get the compiled module, which is fetched once", async ({ browser, url }) => {
  // Without a service worker, like workers in some browsers.
  const context = await browser.newContext({ serviceWorkers: "block" });
  const fetched: string[] = [];
  context.on("request", (request) => fetched.push(request.url()));
  const page = await context.newPage();
  await countStepWorkers(context, "");
  await openWith(page, url, RUN);
  await builtin(page);
  await page.locator("#run-start").click();
  await epochs(page, 1);
  expect(await stepWorkers(page)).toBe(4);
  await expect(page.locator("#run-alone")).toHaveCount(0);
  expect(fetched.filter((one) => /\/trainer-[^/]*\.wasm$/.test(one))).toHaveLength(1);
  await context.close();
});
