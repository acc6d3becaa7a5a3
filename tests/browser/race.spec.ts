/** A race: models train in turns, read the same drawing, and are kept. */
import type { Page } from "@playwright/test";
import { issues } from "./helpers/axe.js";
import { DIGITS } from "./helpers/digits.js";
import { download } from "./helpers/download.js";
import { draw, painting } from "./helpers/ink.js";
import { expect, test } from "./helpers/test.js";
import { builtin, chooseDevice, openDetails } from "./helpers/training.js";

/** Opens the race's form with built-in digits as data. */
async function openRace(page: Page, url: string): Promise<void> {
  await page.goto(`${url}#train`);
  await chooseDevice(page, "cpu");
  await builtin(page);
  await page.locator("#race-open").click();
  await expect(page.locator("#race-start")).toBeVisible();
}

/** Chooses exactly these contestants. */
async function choose(page: Page, names: string[]): Promise<void> {
  await openDetails(page.locator(".race-fold"));
  for (const name of await page.locator("#race input:checked").evaluateAll((boxes) => boxes.map((box) => (box as HTMLInputElement).value))) {
    await page.locator(`#race input[value="${name}"]`).uncheck();
  }
  for (const name of names) await page.locator(`#race input[value="${name}"]`).check();
}

const racer = (page: Page, name: string) => page.locator(".race-racer").filter({ has: page.locator(`strong:text-is("${name}")`) });

test("three families race, read the drawing side by side, and are kept as runs", async ({ page, url }) => {
  test.slow();
  await openRace(page, url);
  await choose(page, ["tiny"]);
  await expect(page.locator("#race-start")).toBeDisabled();
  await choose(page, ["tiny", "linear", "cnn"]);
  await page.locator("#race-amount").fill("4");
  await expect(page.locator("#race-note")).toContainText("3 models, 4.0 s of training each");
  expect(await issues(page)).toEqual([]);
  await page.locator("#race-start").click();
  await expect(page.locator("#race-state")).toHaveText(/Racing, in turns\. About .* left/, { timeout: 120_000 });

  const before = await painting(page, "#race-chart canvas");
  await page.locator("#clear").click();
  await draw(page, DIGITS[1] ?? []);
  for (const name of ["tiny", "linear", "cnn"]) {
    await expect(racer(page, name).locator(".race-digit")).toHaveText(/^\d$/, { timeout: 60_000 });
  }
  await expect.poll(() => painting(page, "#race-chart canvas")).not.toBe(before);

  await page.locator("#race-pause").click();
  await expect(page.locator("#race-state")).toHaveText(/Paused/);
  const paused = await racer(page, "tiny").locator("dd").nth(1).textContent();
  await expect.poll(() => racer(page, "tiny").locator("dd").nth(1).textContent()).toBe(paused);
  await page.locator("#race-pause").click();

  await expect(page.locator("#race-state")).toHaveText(/Finished\. (tiny|linear|cnn) is first with [\d.]+ % of 200 validation images/, { timeout: 120_000 });
  await expect(page.locator(".race-first")).toHaveCount(1);
  for (const axis of ["images", "parameters", "seconds"]) await page.locator("#race-axis").selectOption(axis);
  expect(await issues(page)).toEqual([]);

  await test.step("a contestant is used on the canvas and saved", async () => {
    await racer(page, "cnn").getByRole("button", { name: "Use cnn" }).click();
    await expect(page.locator("#model-line")).toContainText("The race’s cnn");
    const { bytes } = await download(racer(page, "cnn").getByRole("button", { name: "Save" }));
    expect(bytes.length).toBeGreaterThan(4 * 100_000);
  });

  await test.step("all are kept as runs, and one can be resumed", async () => {
    const names = page.locator("#runs-table tbody tr input[type=text], #runs-table tbody tr .runs-run input");
    await expect(names).toHaveCount(3);
    const values = await names.evaluateAll((list) => list.map((input) => (input as HTMLInputElement).value).sort());
    expect(values).toEqual(["cnn in a race", "linear in a race", "tiny in a race"]);
    await page.getByRole("button", { name: "Resume tiny in a race" }).click();
    await expect(page.locator("#run-state")).toHaveText(/Training|Finished/, { timeout: 60_000 });
  });
});

test("a race can be stopped, and keeps what was reached", async ({ page, url }) => {
  // Half a minute until the first validation on two slow cores.
  test.slow();
  await openRace(page, url);
  await choose(page, ["tiny", "cnn"]);
  await page.locator("#race-unit").selectOption("images");
  await page.locator("#race-amount").fill("1000000");
  await page.locator("#race-start").click();
  await expect(racer(page, "cnn").locator("dd").first()).toHaveText(/%/, { timeout: 60_000 });
  await page.locator("#race-stop").click();
  await expect(page.locator("#race-state")).toHaveText(/Stopped\./);
  await expect(page.locator("#race-start")).toBeEnabled();
  await expect(page.locator("#runs-table tbody tr")).toHaveCount(2);
});

test("settings that are impossible do not race, and the page says what to change", async ({ page, url }) => {
  await openRace(page, url);
  await page.locator("#settings-presets [value=small]").check();
  await choose(page, ["tiny", ""]);
  await page.locator("#settings-model > summary").click();
  await page.locator("#set-depth").fill("0");
  await page.locator("#race-start").click();
  await expect(page.locator("#race-problem")).toHaveText(/^Depth must be a whole number from 1 to 64/);
  await expect(page.locator("#race-start")).toBeEnabled();
});

test("on a phone the race is in sight once it has started", async ({ page, url }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await openRace(page, url);
  await choose(page, ["tiny", "cnn", "swin", "convit"]);
  await page.locator("#race-amount").fill("2");
  await page.locator("#race-start").click();
  await expect(page.locator("#race-state")).toHaveText(/Racing/, { timeout: 120_000 });
  await expect(page.locator("#race-state")).toBeInViewport();
  await expect(racer(page, "tiny")).toBeInViewport();
  await page.locator("#race-stop").click();
  await expect(page.locator("#race-state")).not.toHaveText(/Racing/, { timeout: 60_000 });
});
