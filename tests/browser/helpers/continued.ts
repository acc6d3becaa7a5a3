/** A resumed run: waiting for its end, and its results. */
import { createHash } from "node:crypto";
import type { Page } from "@playwright/test";
import type { KeptRun } from "./kept.js";
import { stored } from "./stored.js";
import { expect } from "./test.js";

interface Row { train_loss: number; train_accuracy: number; validation_loss: number; validation_accuracy: number }
interface Run { state: string; test: { loss: number; accuracy: number } | null }

/** Waits for the end of the only run; returns its exact results: WebAssembly computes the same everywhere. */
export async function continued(page: Page): Promise<Omit<KeptRun, "dump">> {
  await expect(page.locator("#run-state")).toHaveText(/Finished/, { timeout: 120_000 });
  const run = async (): Promise<Run | undefined> => (await stored(page, "runs"))[0]?.value as Run | undefined;
  await expect.poll(async () => (await run())?.state).toBe("finished");
  const rows = (await stored(page, "rows")).map(({ value }) => {
    const { train_loss, train_accuracy, validation_loss, validation_accuracy } = value as Row;
    return [train_loss, train_accuracy, validation_loss, validation_accuracy];
  });
  const last = (await stored(page, "epochs")).at(-1) as { key: [string, number] } | undefined;
  const weights = await weightsOf(page, last?.key ?? ["", 0]);
  const test = (await run())?.test;
  return { rows, weights, test: [test?.loss ?? NaN, test?.accuracy ?? NaN] };
}

/** A hash of the parameters of a stored epoch, without the header of the file. */
async function weightsOf(page: Page, key: [string, number]): Promise<string> {
  const bytes = await page.evaluate((key) => new Promise<number[]>((resolve, reject) => {
    const opening = indexedDB.open("patchwork");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const reading = opening.result.transaction("epochs").objectStore("epochs").get(key);
      reading.onerror = () => reject(reading.error);
      reading.onsuccess = () => {
        opening.result.close();
        resolve([...(reading.result as { weights: Uint8Array }).weights]);
      };
    };
  }), key);
  const file = Buffer.from(bytes);
  const numbers = file.subarray(8 + Number(file.readBigUInt64LE(0)));
  expect(numbers.length).toBeGreaterThan(1000);
  return createHash("sha256").update(numbers).digest("hex");
}
