/** Named classes go by their names everywhere on the page; long names do not widen anything. */
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { issues } from "./helpers/axe.js";
import { file, table, type Brought } from "./helpers/csv.js";
import { DIGITS } from "./helpers/digits.js";
import { download } from "./helpers/download.js";
import { drop } from "./helpers/drop.js";
import { draw, ready, settled } from "./helpers/ink.js";
import { output } from "./helpers/places.js";
import { expect, test } from "./helpers/test.js";
import { openView, show } from "./helpers/views.js";
import { epochs, openWith, text } from "./helpers/training.js";
import { builtinDigits, fileImages, keepWorkers } from "./helpers/workers.js";

const ANIMALS = ["bird", "cat", "hippopotamus amphibius"];
const SHORT = "tiny;epochs=4;batch_size=16;warmup_epochs=1";

/** By how much the page is wider than its window. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** The stand-alone numbers in the text of these elements. */
async function numbers(page: Page, selector: string): Promise<string[]> {
  const texts = await page.locator(selector).allTextContents();
  return texts.filter((one) => /^\d+\??$/.test(one.trim()));
}

test("class names appear on the canvas, in the data and in the results", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, SHORT);
  await drop(page, "#data-drop", [
    file("animals.csv", table({ header: true, images: 240, names: ANIMALS })),
    file("unknown.csv", table({ header: true, unlabelled: true, images: 30, names: ANIMALS })),
  ]);
  await expect(page.locator("#data-files > li")).toHaveCount(2, { timeout: 30_000 });
  await test.step("data", async () => {
    await expect(page.locator("#data-histogram .name")).toHaveText(ANIMALS);
    await expect(page.locator("#data-histogram .bar").first()).toHaveAttribute("title", "bird: 80 images");
    await expect(page.locator("#data-table tbody th")).toHaveText(ANIMALS);
    await page.locator("#data-samples-file").selectOption({ label: "animals.csv" });
    await expect(page.locator("#data-samples")).toHaveAttribute("aria-label",
      "15 sample images of animals.csv, labelled bird, cat, hippopotamus amphibius");
  });
  await page.locator("#run-start").click();
  await epochs(page, 4);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  await test.step("canvas", async () => {
    await draw(page, DIGITS[1] ?? []);
    await settled(page);
    await expect(page.locator("#bars .bar-name")).toHaveText(ANIMALS);
    expect(await text(page, "#answer-class")).toMatch(/^(bird|cat|hippopotamus amphibius)\??$/);
    await expect(page.locator("#announce")).toHaveText(/bird|cat|hippopotamus/);
    await openView(page, "inside");
    await expect(page.locator("#how-scores th[scope=row]")).toHaveText(ANIMALS);
  });
  await test.step("results", async () => {
    await openView(page, "train");
    await expect(page.locator("#results-confusion thead .confusion-name")).toHaveText(ANIMALS);
    await expect(page.locator("#results-confusion tbody th")).toHaveText(ANIMALS);
    const cell = page.locator("#results-confusion td[data-label='1'][data-prediction='1']");
    await expect(cell).toHaveAttribute("title", /^cat predicted as cat: /);
    await cell.click();
    await expect(page.locator("#results-mistakes-title")).toHaveText("cat, correct");
    await expect(page.locator("#results-samples .digit-card .visually-hidden").first())
      .toHaveText(/^Labelled (bird|cat|hippopotamus amphibius), predicted as (bird|cat|hippopotamus amphibius), $/);
    for (const place of ["#results-confusion th", "#bars .bar-name", "#answer-class", "#data-histogram .name"]) {
      expect(await numbers(page, place), place).toEqual([]);
    }
  });
  await test.step("files to take away", async () => {
    const { bytes } = await download(page.getByRole("button", { name: "Predictions for unknown.csv (CSV)" }));
    const rows = bytes.toString("utf8").trimEnd().split(/\r?\n/).slice(1);
    expect(rows).toHaveLength(30);
    for (const row of rows) expect(row).toMatch(/^\d+,(bird|cat|hippopotamus amphibius)$/);
    const report = await download(page.locator("#results-save-report"));
    expect(report.bytes.toString("utf8")).toContain("hippopotamus");
    const model = await download(page.locator("#results-save-best"));
    await page.locator("#results-file").setInputFiles({ name: "animals.safetensors", mimeType: "", buffer: model.bytes });
    await expect(page.locator("#results-file-note")).toContainText("3 classes (bird, cat, hippopotamus amphibius)");
  });
  await test.step("the shipped model reads digits again", async () => {
    await page.locator("input[name=model-choice][value=shipped]").check({ force: true });
    await expect(page.locator("#bars .bar-name")).toHaveText([..."0123456789"]);
  });
  for (const { name, width, height } of [{ name: "desktop", width: 1280, height: 900 }, { name: "phone", width: 390, height: 844 }]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const part of ["draw", "how", "data", "results"]) {
        await show(page, part);
        await page.screenshot({ path: join(output, "screens", `names-${name}-${colorScheme}-${part}.png`) });
      }
      expect(await issues(page), `${name}, ${colorScheme}`).toEqual([]);
    }
    expect(await overflow(page), name).toBe(0);
  }
});

test("long names, emoji and right-to-left text do not widen the page", async ({ page, url }) => {
  test.slow();
  const endless = `${"x".repeat(10_000)}.csv`;
  const words = ["x".repeat(60), "👩‍👩‍👧‍👦 family", "שלום עולם"];
  await openWith(page, url, SHORT);
  await drop(page, "#data-drop", [
    file(endless, table({ images: 120, names: words })),
    file(`bad-${endless}`, "a,b,c\n1,2,3\n"),
    file(`ש${endless}`, table({ unlabelled: true, images: 20 })),
  ]);
  await expect(page.locator("#data-files > li")).toHaveCount(3, { timeout: 30_000 });
  await page.locator("#run-start").click();
  await epochs(page, 4);
  await expect(page.locator("#run-state")).toHaveText(/Finished/);
  await draw(page, DIGITS[2] ?? []);
  await page.locator("#results-file").setInputFiles({ name: endless, mimeType: "", buffer: Buffer.from("no model") });
  for (const [width, height] of [[1280, 900], [390, 844]] as const) {
    await page.setViewportSize({ width, height });
    expect(await overflow(page), `${width}`).toBe(0);
    const heights = await page.locator("#data-files > li").evaluateAll((all) => all.map((one) => one.clientHeight));
    expect(Math.max(...heights), "an entry of the list").toBeLessThan(400);
    await page.evaluate(() => document.getElementById("data")?.scrollIntoView({ behavior: "instant" }));
    await page.screenshot({ path: join(output, "screens", `long-${width}.png`), fullPage: true });
  }
});

test("a correction is offered for images on a light background or with rows and columns swapped", async ({ page, url }) => {
  test.slow();
  await page.goto(`${url}#train`);
  await drop(page, "#data-drop", [file("light.csv", table({ images: 60, inverted: true }))]);
  const item = page.locator("#data-files > li");
  await expect(item).toContainText("light", { timeout: 30_000 });
  const inverted = item.getByLabel(/^Inverted/);
  await expect(inverted).not.toBeChecked();
  await inverted.check();
  await expect(item.locator(".notice")).toHaveCount(0);
  await expect(item.getByLabel(/^Inverted/), "it can be taken back").toBeChecked();
  await item.getByLabel(/^Inverted/).uncheck();
  await expect(item.locator(".notice")).toHaveCount(1);
});

test("digits with rows and columns swapped are detected, and corrected on request", async ({ page, url }) => {
  test.slow();
  await keepWorkers(page);
  await page.goto(`${url}#train`);
  await ready(page);
  const digits = await builtinDigits(page, 8);
  const csv = (name: string, place: (at: number) => number): Brought => {
    const rows = digits.map(({ label, pixels }) => [label, ...pixels.map((_, at) => pixels[place(at)])].join(","));
    return file(name, `${rows.join("\n")}\n`);
  };
  await drop(page, "#data-drop", [csv("upright.csv", (at) => at), csv("turned.csv", (at) => (at % 28) * 28 + Math.floor(at / 28))]);
  const [upright, turned] = ["upright.csv", "turned.csv"].map((name) =>
    page.locator("#data-files > li").filter({ has: page.getByText(name, { exact: true }) })) as [Locator, Locator];
  await expect(turned).toContainText("Rows and columns seem to be swapped", { timeout: 30_000 });
  await expect(upright.locator(".notice")).toHaveCount(0);
  await turned.getByLabel(/^Transposed/).check();
  await expect(turned.locator(".notice")).toHaveCount(0);
  await expect(turned.getByLabel(/^Transposed/)).toBeChecked();
  const id = Number(await turned.getAttribute("data-id"));
  expect((await fileImages(page, id, 1)).pixels).toEqual(digits[0]?.pixels);
});
