/** From landing to one's own model, and from its mistakes to a better one: what most people who train do. */
import type { Page } from "@playwright/test";
import { file, table } from "./helpers/csv.js";
import { download } from "./helpers/download.js";
import { drop } from "./helpers/drop.js";
import { painting } from "./helpers/ink.js";
import { serve } from "./helpers/server.js";
import { builtPage } from "./helpers/places.js";
import { stored } from "./helpers/stored.js";
import { expect, test } from "./helpers/test.js";
import { builtin, chooseDevice, epochs, epochTable, fromMenu, openWith, text } from "./helpers/training.js";

const SHORT = "tiny;epochs=1;batch_size=32;warmup_epochs=0";

/** What the newest kept run learned from. */
async function learnedFrom(page: Page): Promise<{ name: string; part: string; images: number; layout: string }[]> {
  type Run = { created: number; data: { files: { name: string; part: string; images: number; layout: string }[] } };
  await expect.poll(async () => (await stored(page, "runs")).length).toBeGreaterThan(0);
  const runs = (await stored(page, "runs")).map(({ value }) => value as Run);
  return runs.sort((one, other) => other.created - one.created)[0]?.data.files ?? [];
}

/** A short run on 200 images, to its end. */
async function train(page: Page, url: string): Promise<void> {
  await openWith(page, url, SHORT);
  await drop(page, "#data-drop", [file("digits.csv", table({ images: 200 }))]);
  await expect(page.locator("#data-summary")).toBeVisible({ timeout: 30_000 });
  await page.locator("#run-start").click();
  await expect(page.locator("#run-state")).toHaveText(/Finished/, { timeout: 30_000 });
}

test("Start alone trains on real digits, and the model is a good one", async ({ page, url }) => {
  test.setTimeout(300_000);
  const asked: string[] = [];
  page.on("request", (request) => void asked.push(request.url()));
  await page.goto(`${url}#train`);
  await expect(page.locator("#run-plan")).toContainText("4,000 images: real digits from MNIST");
  await expect(page.locator("#run-plan")).toContainText("should take about");
  await expect(page.locator("#run-live"), "no empty charts before").toBeHidden();
  await chooseDevice(page, "cpu");
  expect(asked.filter((one) => one.includes("mnist-sample")), "fetched when wanted").toEqual([]);
  await page.locator("#run-start").click();
  await expect(page.locator("#run-epoch-text")).toHaveText(/step \d+ of 62/, { timeout: 60_000 });
  await expect(page.locator("#run-plan")).toBeHidden();
  expect(asked.filter((one) => one.includes("mnist-sample"))).toHaveLength(2);
  await epochs(page, 10, 240_000);
  await expect(page.locator("#run-state")).toHaveText(/Finished/, { timeout: 60_000 });
  const best = Math.max(...(await epochTable(page)).map((row) => row[4] ?? 0));
  test.info().annotations.push({ type: "validation accuracy", description: `${best} %` }, { type: "end", description: await text(page, "#run-end") });
  expect(best).toBeGreaterThanOrEqual(97);
  expect((await learnedFrom(page)).map(({ name, part, images }) => [name, part, images])).toEqual([["5,000 MNIST images", "train", 5000]]);
  await test.step("the end says what was reached and what is weakest, and leads on", async () => {
    await expect(page.locator("#run-end")).toContainText(/10 epochs in .*: 9\d\.\d % of 500 validation images correct/);
    await expect(page.locator("#run-end")).toContainText(/Weakest: an? \d is predicted as an? \d most often/);
    await page.locator("#run-end-mistakes").click();
    await expect(page.locator("#results-mistakes-title")).toBeFocused();
  });
});

test("the real digits are there without a network, once they were used", async ({ page, guard }) => {
  guard.allow(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/);
  const host = await serve(builtPage());
  guard.host(host.url);
  await page.goto(`${host.url}#train`);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (navigator.serviceWorker.controller === null) await new Promise((later) => setTimeout(later, 20));
  });
  await page.locator("#data-sample").click();
  await expect(page.locator("#data-count-train")).toHaveText("4,000", { timeout: 30_000 });
  await expect(page.locator("#data-sample")).toBeDisabled();
  const kept = (): Promise<number> => page.evaluate(async () => {
    const lists = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return lists.flat().filter(({ url }) => /\/(mnist-sample-.*\.gz|trainer-[^/]*\.wasm)$/.test(url)).length;
  });
  await expect.poll(kept, { timeout: 30_000 }).toBe(3);
  await host.close();
  await page.reload();
  await page.locator("#data-sample").click();
  await expect(page.locator("#data-count-train")).toHaveText("4,000", { timeout: 30_000 });
});

test("a labelled file that comes alone is trained on, whatever its name", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, SHORT);
  await drop(page, "#data-drop", [file("mnist_test.csv", table({ images: 200 }))]);
  await expect(page.getByLabel("Use mnist_test.csv for")).toHaveValue("train", { timeout: 30_000 });
  await page.locator("#run-start").click();
  await epochs(page, 1);
  expect((await learnedFrom(page)).map(({ name, part }) => [name, part])).toEqual([["mnist_test.csv", "train"]]);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  // With another to learn from, it is the test; what a person chose stays.
  await drop(page, "#data-drop", [file("mnist_train.csv", table({ images: 300 }))]);
  await expect(page.getByLabel("Use mnist_test.csv for")).toHaveValue("test", { timeout: 30_000 });
  await page.getByLabel("Use mnist_test.csv for").selectOption("train");
  await page.getByRole("button", { name: "Remove mnist_train.csv" }).click();
  await drop(page, "#data-drop", [file("more.csv", table({ images: 100 }))]);
  await expect(page.locator("#data-files > li")).toHaveCount(2);
  await expect(page.getByLabel("Use mnist_test.csv for")).toHaveValue("train");
});

test("any model at hand predicts a file without labels, before and after a run", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=8;batch_size=16;warmup_epochs=1");
  await drop(page, "#data-drop", [file("unknown.csv", table({ header: true, unlabelled: true, images: 57 }))]);
  const predict = page.locator(".data-predict");
  const rows = async (): Promise<string[]> => {
    const { name, bytes } = await download(predict.getByRole("button"));
    expect(name).toBe("submission-unknown-csv.csv");
    const [header, ...found] = bytes.toString("utf8").trimEnd().split(/\r?\n/);
    expect(header).toBe("ImageId,Label");
    expect(found).toHaveLength(57);
    return found;
  };
  await expect(predict).toBeVisible({ timeout: 30_000 });
  await expect(predict.locator("select")).toContainText("The model on the canvas: the shipped model");
  const shipped = await rows();
  await drop(page, "#data-drop", [file("known.csv", table({ header: true, images: 300 }))]);
  await expect(page.locator("#data-files > li")).toHaveCount(2);
  await page.locator("#run-start").click();
  await epochs(page, 8);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  await predict.locator("select").selectOption({ label: "The best epoch of “tiny, 8 epochs, batch size 16, 1 more”" });
  const own = await rows();
  expect(own).not.toEqual(shipped);
  expect(own.filter((row, i) => Number(row.split(",")[1]) === i % 10).length, "correct predictions").toBeGreaterThan(45);
  await expect(predict).toContainText("57 predictions");
  // A file that comes after the end.
  await drop(page, "#data-drop", [file("later.csv", table({ unlabelled: true, images: 5 }))]);
  await expect(page.getByRole("button", { name: "Predictions for later.csv (CSV)" })).toBeVisible({ timeout: 30_000 });
});

test("one button starts, pauses and resumes; the rest is in a menu", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=300;batch_size=32;warmup_epochs=0");
  await drop(page, "#data-drop", [file("digits.csv", table({ images: 200 }))]);
  await expect(page.locator("#data-summary")).toBeVisible({ timeout: 30_000 });
  const main = page.locator(".run-main > button:visible");
  await expect(main).toHaveText("Start");
  await main.focus();
  await page.keyboard.press("Enter");
  await expect(main).toHaveText("Pause", { timeout: 30_000 });
  await expect(main, "the focus stays in its place").toBeFocused();
  await page.keyboard.press("Enter");
  await expect(main).toHaveText("Resume");
  await expect(main).toBeFocused();
  await expect(page.locator("#run-step")).toBeEnabled();
  await page.locator("#run-menu > summary").click();
  await page.keyboard.press("Escape");
  await expect(page.locator("#run-stop")).toBeHidden();
  await fromMenu(page, "stop");
  await expect(page.locator("#run-state")).toHaveText(/Stopped/);
  await expect(page.locator("#run-menu")).not.toHaveAttribute("open");
  await expect(main).toHaveText("Resume");
  await fromMenu(page, "new");
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 30_000 });
  await fromMenu(page, "stop");
  await expect(page.locator("#runs-table tbody tr")).toHaveCount(2);
  const names = await page.locator("#runs-table .runs-name").evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
  expect(new Set(names).size, names.join()).toBe(2);
});

test("a mistake opens beside the matrix, and training goes on without it", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=1;batch_size=32;warmup_epochs=0");
  await builtin(page);
  await page.locator("#run-start").click();
  await expect(page.locator("#run-state")).toHaveText(/Finished/, { timeout: 60_000 });
  const cards = page.locator("#results-mistakes .digit-card:enabled");
  await cards.first().click();
  const opened = page.locator(".opened-image");
  await expect(opened).toBeInViewport();
  await expect.poll(() => painting(page, ".opened-image canvas")).not.toBe(0);
  await page.locator("#opened-leave").click();
  await expect(page.locator("#results-corrections")).toContainText("1 image left out.");
  await page.keyboard.press("Escape");
  await expect(opened).toHaveCount(0);
  await cards.nth(1).click();
  const label = page.locator("#opened-label");
  const other = String((Number(await label.inputValue()) + 1) % 10);
  await label.selectOption(other);
  await expect(opened).toContainText(`From the next run on it is labelled ${other}.`);
  await expect(page.locator("#results-corrections")).toContainText("1 image relabelled, 1 image left out.");
  await page.locator("#results-corrections-train").click();
  await expect(page.locator("#run-state")).toHaveText(/Training|Finished/, { timeout: 30_000 });
  await expect(page.locator("#data-files")).toContainText("1,999 images");
  await expect.poll(async () => (await learnedFrom(page))[0]?.layout, { timeout: 20_000 }).toMatch(/1 image left out, 1 relabelled$/);
  await expect(page.locator("#results-corrections")).toBeHidden();
});

test("a bad model file leaves the good one that was opened before", async ({ page, url }) => {
  test.slow();
  await train(page, url);
  const { bytes } = await download(page.locator("#results-save-best"));
  await page.locator("#results-file").setInputFiles({ name: "mine.safetensors", mimeType: "", buffer: bytes });
  await expect(page.locator("#results-continue")).toBeEnabled();
  await page.locator("#results-file").setInputFiles({ name: "bad.safetensors", mimeType: "", buffer: Buffer.from("no model at all") });
  await expect(page.locator("#results-file-note")).toContainText("not a valid .safetensors file");
  await expect(page.locator("#results-file-note")).toContainText("mine.safetensors is still there");
  await expect(page.locator("#results-continue")).toBeEnabled();
});

test("notes on bad files are dismissed at once, and go when a file of that name is read", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  const bad = (name: string) => file(name, "a,b,c\n1,2,3\n");
  await drop(page, "#data-drop", [bad("one.csv"), bad("two.csv"), bad("three.csv")]);
  await expect(page.locator("#data-files > li.bad")).toHaveCount(3, { timeout: 30_000 });
  await drop(page, "#data-drop", [file("two.csv", table())]);
  await expect(page.locator("#data-files > li.bad")).toHaveCount(2);
  await page.getByRole("button", { name: "Dismiss all 2 notes" }).click();
  await expect(page.locator("#data-files > li.bad")).toHaveCount(0);
  await expect(page.locator("#data-files > li")).toHaveCount(1);
});

test("after a reload a run goes on with the fine curve that it had", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=400;batch_size=16;warmup_epochs=0");
  await drop(page, "#data-drop", [file("digits.csv", table({ images: 400 }))]);
  await expect(page.locator("#data-summary")).toBeVisible({ timeout: 30_000 });
  await page.locator("#run-start").click();
  await epochs(page, 2);
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  await expect(page.locator("#run-saved")).toHaveText(/\d/);
  await page.reload();
  await page.locator("#run-kept-resume").click();
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 30_000 });
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.");
  // The chart's first value is from within the first epoch, not from its end.
  const plot = page.locator("#run-loss .chart-plot");
  await plot.focus();
  await page.keyboard.press("Home");
  await expect(plot).toHaveAttribute("aria-valuetext", /^Epoch 0\.\d+/);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test("every cell of the matrix is in view and can be chosen", async ({ page, url }) => {
    test.slow();
    await train(page, url);
    const cells = page.locator("#results-confusion td[data-label]");
    await expect(cells).toHaveCount(100);
    const boxes = await cells.evaluateAll((list) => list.map((cell) => cell.getBoundingClientRect().toJSON() as DOMRect));
    for (const { left, right, width, height } of boxes) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(390);
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(24);
    }
    await page.locator("#results-confusion td[data-label='9'][data-prediction='9']").click();
    await expect(page.locator("#results-mistakes-title")).toHaveText("9, correct");
  });
});
