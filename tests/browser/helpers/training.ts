/** Training on the page: choosing settings, starting, waiting. */
import type { Locator, Page } from "@playwright/test";
import { stored } from "./stored.js";
import { expect } from "./test.js";

/** Opens the page with settings in its URL, on the CPU by default. */
export async function openWith(page: Page, url: string, settings: string, device: "auto" | "cpu" | "gpu" = "cpu"): Promise<void> {
  await page.goto(`${url}#s=${settings}`);
  await chooseDevice(page, device);
}

/** Chooses the device for training. */
export async function chooseDevice(page: Page, device: "auto" | "cpu" | "gpu"): Promise<void> {
  await openDetails(page.locator("#settings-device"));
  await page.locator(`input[name=device][value=${device}]`).check();
}

/** Opens a `<details>` if it is closed: a click on a page that is still being laid out may miss it. */
export async function openDetails(details: Locator): Promise<void> {
  await expect(async () => {
    if ((await details.getAttribute("open")) === null) await details.locator("> summary").click();
    await expect(details).toHaveAttribute("open", "", { timeout: 1000 });
  }).toPass();
}

/** Presses what stands in the menu of the run. */
export async function fromMenu(page: Page, action: "stop" | "reset" | "new"): Promise<void> {
  await openDetails(page.locator("#run-menu"));
  await page.locator(`#run-${action}`).click();
}

/** Brings built-in digits. */
export async function builtin(page: Page, count: "2000" | "6000" | "20000" = "2000"): Promise<void> {
  await page.locator("#data-builtin-count").selectOption(count);
  await page.locator("#data-builtin").click();
  await expect(page.locator("#data-summary")).toBeVisible({ timeout: 60_000 });
}

/** The position of a run, epoch and step, as shown by the page. */
export async function place(page: Page): Promise<{ epoch: number; step: number }> {
  const [total, step] = await Promise.all([text(page, "#run-total-text"), text(page, "#run-epoch-text")]);
  return { epoch: numberIn(total, /epoch (\d+)/), step: numberIn(step, /step ([\d,]+)/) };
}

/** The position of the newest run's last checkpoint in the browser's database. */
export async function keptPlace(page: Page): Promise<{ epoch: number; step: number } | null> {
  const runs = (await stored(page, "runs"))
    .map(({ value }) => value as { created: number; at?: { epoch: number; step: number } });
  return runs.sort((one, other) => other.created - one.created)[0]?.at ?? null;
}

/** Opens the table of epochs and waits until it has this many. */
export async function epochs(page: Page, count: number, timeout = 60_000): Promise<void> {
  await openDetails(page.locator(".run-table"));
  await expect.poll(() => page.locator("#run-epochs tbody tr").count(), { timeout }).toBeGreaterThanOrEqual(count);
}

/** The table of epochs as numbers, the first epoch first: epoch, losses and accuracies, rate, speed, time. */
export async function epochTable(page: Page): Promise<number[][]> {
  const rows = await page.locator("#run-epochs tbody tr").evaluateAll((list) =>
    list.map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent ?? "")));
  const numbers = rows.map((row) => row.map((cell) => Number.parseFloat(cell.replaceAll(",", ""))));
  return numbers.sort(([one = 0], [other = 0]) => one - other);
}

/** The text of an element. */
export async function text(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? "";
}

function numberIn(words: string, pattern: RegExp): number {
  return Number((pattern.exec(words)?.[1] ?? "NaN").replaceAll(",", ""));
}
