/** The user's files: good ones are read, bad ones are refused with the place of the error. */
import type { Page } from "@playwright/test";
import { file, packed, table, withCell, type Brought } from "./helpers/csv.js";
import { drop } from "./helpers/drop.js";
import { painting } from "./helpers/ink.js";
import { expect, test } from "./helpers/test.js";

/** The list entry of a file, once it was read or refused. */
async function brought(page: Page, one: Brought): Promise<{ layout: string; problem: string; text: string }> {
  await drop(page, "#data-drop", [one]);
  const item = page.locator("#data-files > li").filter({ has: page.getByText(one.name, { exact: true }) });
  await expect(item).toBeVisible({ timeout: 30_000 });
  const textOf = async (selector: string): Promise<string> =>
    (await item.locator(selector).count()) > 0 ? ((await item.locator(selector).textContent()) ?? "") : "";
  const found = {
    layout: await textOf(".data-layout"),
    problem: await textOf(".data-problem"),
    text: (await item.textContent()) ?? "",
  };
  await item.getByRole("button").first().click();
  await expect(item).toHaveCount(0);
  return found;
}

test("CSV in its usual forms is read", async ({ page, url }) => {
  test.slow();
  await page.goto(`${url}#train`);
  const forms: Brought[] = [
    file("plain.csv", table()),
    file("header.csv", table({ header: true })),
    file("last.csv", table({ header: true, labelLast: true })),
    file("semicolon.csv", table({ separator: ";" })),
    packed("packed.csv.gz", table({ header: true })),
    file("small.csv", table({ side: 16 })),
  ];
  for (const one of forms) {
    const { layout, problem, text } = await brought(page, one);
    expect(problem, one.name).toBe("");
    expect(text, one.name).toContain("40 images");
    expect(text, one.name).toContain("10 classes");
    expect(layout, one.name).toContain(one.name === "small.csv" ? "16×16" : "28×28");
  }
  const test_ = await brought(page, file("test.csv", table({ unlabelled: true, header: true })));
  expect(test_.text).toContain("no labels");
});

test("a file is counted, split and shown", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  await drop(page, "#data-drop", [file("digits.csv", table({ header: true, images: 200 }))]);
  await expect(page.locator("#data-summary")).toBeVisible({ timeout: 30_000 });
  await expect(page.locator("#data-count-train")).toHaveText(/160/);
  await expect(page.locator("#data-count-validation")).toHaveText(/20/);
  await expect(page.locator("#data-count-test")).toHaveText(/20/);
  await expect.poll(() => painting(page, "#data-samples")).not.toBe(0);
  const bar = await page.locator("#data-histogram .piece.train").first().boundingBox();
  expect(Math.min(bar?.width ?? 0, bar?.height ?? 0)).toBeGreaterThan(8);
  await page.locator("#data-validation").fill("30");
  await expect(page.locator("#data-count-validation")).toHaveText(/60/);
  // A second file of the same kind is for testing, if the user says so.
  await drop(page, "#data-drop", [file("more.csv", table({ header: true, images: 50 }))]);
  await expect(page.locator("#data-files > li")).toHaveCount(2);
  await page.getByLabel("Use more.csv for").selectOption("test");
  await expect(page.locator("#data-count-test")).toHaveText(/50/);
});

test("a bad file is refused with row and column, and the others stay", async ({ page, url }) => {
  test.slow();
  await page.goto(`${url}#train`);
  await drop(page, "#data-drop", [file("good.csv", table())]);
  await expect(page.locator("#data-files > li")).toHaveCount(1, { timeout: 30_000 });
  const good = table();
  const lines = good.split("\n");
  const bad: [Brought, RegExp][] = [
    [file("page.csv", "<!DOCTYPE html><html><body>404</body></html>"), /HTML page/],
    [file("empty.csv", ""), /empty/],
    [file("ragged.csv", lines.with(11, "1,2,3").join("\n")), /Row 12.*3 cells where the first row has 785/],
    [file("text.csv", withCell(good, 40, 5, "abc")), /Row 40, column 5: .*'abc'/],
    [file("nan.csv", withCell(good, 40, 17, "NaN")), /Row 40, column 17: .*'NaN'/],
    [file("large.csv", withCell(good, 40, 2, "256")), /Row 40, column 2: .*'256'.*0–255/],
    [file("label.csv", withCell(good, 40, 1, "cat")), /Row 40, column 1: .*label is 'cat'/],
    [file("cut.csv", good.slice(0, -100)), /Row 40.*cut off/],
    [file("square.csv", `${Array(790).fill("7").join(",")}\n`.repeat(3)), /Row 1.*790 columns make no square/],
    [file("pointer.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"), /Git LFS/],
    [{ name: "cut.csv.gz", bytes: packed("", good).bytes.subarray(0, -20) }, /gzip file is cut off/],
    [file("picture.csv", Buffer.from("\x89PNG\r\n\x1a\n\0\0", "latin1")), /PNG/],
  ];
  for (const [one, says] of bad) {
    const { problem, text } = await brought(page, one);
    expect(problem, one.name).toMatch(says);
    expect(text.length, `${one.name}: help`).toBeGreaterThan(problem.length + 20);
    await expect(page.locator("#data-files > li")).toHaveCount(1);
  }
});
