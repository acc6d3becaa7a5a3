/**
 * Pictures of Inside for model files, on a desktop and a phone, light and dark, with the length of the page:
 *
 *   PATCHWORK_MODELS=folder npx playwright test -c figures.config.ts look-inside
 *
 * `../../tests/browser/train-families.sh folder` trains such files. Without a folder: the small models of the fixtures.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { DIGITS } from "./helpers/digits.js";
import { draw, ready } from "./helpers/ink.js";
import { load, modelFile } from "./helpers/models.js";
import { output } from "./helpers/places.js";
import { test } from "./helpers/test.js";
import { openView } from "./helpers/views.js";

const FIXTURES = (process.env["PATCHWORK_FAMILIES"] ?? "deit,cct,pvt,swin,linear,linformer,cnn").split(",");
const SCREENS = [["desktop", 1440, 900], ["phone", 390, 844]] as const;

const folder = process.env["PATCHWORK_MODELS"];
const models: [name: string, bytes: () => Buffer][] = folder === undefined
  ? FIXTURES.map((name) => [name, () => modelFile(name)])
  : readdirSync(folder).filter((name) => name.endsWith(".safetensors"))
    .map((name) => [basename(name, ".safetensors"), () => readFileSync(join(folder, name))]);

for (const [name, bytes] of models) {
  test(name, async ({ page, url }) => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(url);
    await ready(page);
    await draw(page, DIGITS[3] ?? []);
    await load(page, name, bytes());
    for (const [screen, width, height] of SCREENS) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        for (const view of ["inside", "draw"] as const) {
          await openView(page, view);
          await page.waitForTimeout(800);
          const path = join(output, "inside", `${name}-${screen}-${colorScheme}-${view}.png`);
          await page.screenshot({ path, fullPage: true });
        }
        await openView(page, "inside");
      }
      const length = await page.evaluate(() => document.documentElement.scrollHeight);
      process.stdout.write(`${name}, ${screen}: Inside is ${length} px long\n`);
    }
  });
}
