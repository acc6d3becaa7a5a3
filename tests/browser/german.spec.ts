/** The page in German: chosen with a button, remembered, whole on every screen, and fetched only then. */
import type { Page } from "@playwright/test";
import { issues } from "./helpers/axe.js";
import { file, table } from "./helpers/csv.js";
import { DIGITS } from "./helpers/digits.js";
import { drop } from "./helpers/drop.js";
import { draw, ready } from "./helpers/ink.js";
import { expect, test } from "./helpers/test.js";
import { openWith } from "./helpers/training.js";
import { openView } from "./helpers/views.js";

const SCREENS = [[1440, 900], [390, 844], [360, 740]] as const;

/** Chooses German in the foot, and waits until the page is there again. */
async function chooseGerman(page: Page): Promise<void> {
  await page.locator(".foot [data-language]").click();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await ready(page);
}

test("German is fetched only where it was chosen, remembered, and taken back", async ({ page, url }) => {
  const fetched: string[] = [];
  page.on("request", (request) => fetched.push(request.url()));
  await page.goto(url);
  await ready(page);
  await draw(page, DIGITS[3] ?? []);
  await expect(page.locator("html")).toHaveAttribute("lang", "en-GB");
  expect(fetched.filter((address) => /german/.test(address))).toEqual([]);
  // The drawing outlives the reload.
  await page.waitForTimeout(500);
  await chooseGerman(page);
  expect(fetched.filter((address) => /german/.test(address))).toHaveLength(1);
  await expect(page.locator("#draw-title")).toHaveText("Zeichnen Sie eine Ziffer");
  await expect(page.locator("#answer-class")).toHaveText("3");
  await expect(page.locator("#answer-words")).toHaveText(/^(Fast gewiss|Sehr wahrscheinlich): (mehr als )?\d\d,\d\u00a0%$/);
  await expect(page).toHaveTitle("Patchwork: ein Vision Transformer in Ihrem Browser");
  await page.reload();
  await ready(page);
  await expect(page.locator("#clear")).toHaveText("Löschen");
  await page.locator("#clear").click();
  await expect(page.locator("#answer-words")).toHaveText("Noch ist nichts gezeichnet");
  await page.locator(".foot [data-language]").click();
  await expect(page.locator("#clear")).toHaveText("Clear");
  await expect(page.locator("html")).toHaveAttribute("lang", "en-GB");
});

test("all views in German: axe, and no sideways scrolling", async ({ page, url }) => {
  test.slow();
  await page.goto(url);
  await ready(page);
  await chooseGerman(page);
  await draw(page, DIGITS[2] ?? []);
  await openView(page, "train");
  await expect(page.locator("#run-plan")).toHaveText(/^Start trainiert das Modell „starter“ \(187\.306 Parameter\): 10 Epochen, 4\.000 Bilder/);
  await expect(page.locator("#race-title")).toHaveText("6. Rennen");
  await page.locator("#race-open").click();
  await expect(page.locator("#race-card")).toContainText("Wer antritt");
  await expect(page.locator("#cost-title")).toHaveText("7. Was Attention kostet");
  await page.locator("details").evaluateAll((all) => all.forEach((one) => one.setAttribute("open", "")));
  for (const view of ["draw", "inside", "train"] as const) {
    await openView(page, view);
    for (const [width, height] of SCREENS) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await issues(page), `${view}, ${width} pixels, ${colorScheme}`).toEqual([]);
      }
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wider, `${view} at ${width} pixels`).toBe(0);
    }
  }
});

test("what the engine reports is in German, too", async ({ page, url }) => {
  await page.goto(`${url}#train`);
  await ready(page);
  await chooseGerman(page);
  await openView(page, "train");
  const files = page.locator("#data-files > li");
  await drop(page, "#data-drop", [{ name: "page.csv", bytes: Buffer.from("<!DOCTYPE html><html><body>404</body></html>") }]);
  await expect(files).toContainText("Das ist eine HTML-Seite, keine Tabelle von Pixeln.", { timeout: 30_000 });
  await drop(page, "#data-drop", [file("good.csv", table({ header: true, images: 50 }))]);
  await expect(files.first()).toContainText(/CSV, Komma, Kopfzeile, Bezeichnung in Spalte 1 .*50 Bilder von 28×28, \d+ Klassen/);
  await page.locator("details").evaluateAll((all) => all.forEach((one) => one.setAttribute("open", "")));
  await page.locator("#set-epochs").fill("0");
  await expect(page.locator("#settings-problem-text")).toHaveText(/^Epochen muss eine ganze Zahl von 1 bis 100\.000 sein\.$/);
});

test("a run in German, from its plan to its end", async ({ page, url }) => {
  test.slow();
  await openWith(page, url, "tiny;epochs=1;batch_size=32");
  await chooseGerman(page);
  await openView(page, "train");
  await page.locator("#data-builtin").click();
  await expect(page.locator("#data-files")).toContainText("6.000 Bilder");
  await page.locator("#run-start").click();
  await expect(page.locator("#run-pause")).toHaveText("Pause");
  await expect(page.locator("#run-state")).toHaveText("Fertig: Alle Epochen sind gerechnet.", { timeout: 120_000 });
  await expect(page.locator("#run-end")).toHaveText(/^1 Epoche in .*: \d\d,\d\u00a0% von 600 Validierungsbildern richtig in Epoche 1; .*Am schwächsten: Für eine \d sagt es/);
  await expect(page.locator("#results-line")).toContainText("Validierungsbildern richtig");
  await expect(page.locator("#results-test")).toHaveText(/^Test: .* von 600 Bildern richtig/);
  // What another model has learned would be lost: the page asks first.
  await page.locator(".foot [data-language]").click();
  await expect(page.locator("#new-version")).toContainText("wird die Seite neu geladen");
  await page.locator("#new-version button").first().click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en-GB");
  await expect(page.locator("#runs-title")).toHaveText("5. Your runs");
});

test("without its texts the page is in English, and says why", async ({ page, url, guard }) => {
  guard.allow(/german|ERR_FAILED|Failed to (load|fetch)/);
  await page.addInitScript(() => localStorage.setItem("patchwork.language", "de"));
  await page.route(/german/, (route) => route.abort());
  await page.goto(url);
  await ready(page);
  await expect(page.locator("#alerts")).toContainText("The German texts of the page could not be loaded");
  await expect(page.locator("#clear")).toHaveText("Clear");
  await expect(page.locator("html")).toHaveAttribute("lang", "en-GB");
});
