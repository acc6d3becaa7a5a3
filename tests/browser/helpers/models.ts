/** Small model files of each family, and loading one on the page. */
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { modelFile as repacked } from "./repack.js";
import { expect } from "./test.js";
import { openView } from "./views.js";

/** The weights of a fixture in `tests/golden` as a model file of ours. */
export function modelFile(family: string): Buffer {
  return repacked(family, resolve(import.meta.dirname, "..", "..", "golden"));
}

/** Loads a model file, as from “Load a model”, and shows Inside. */
export async function load(page: Page, name: string, buffer: Buffer): Promise<void> {
  await openView(page, "train");
  await page.locator("#results-file").setInputFiles({ name: `${name}.safetensors`, mimeType: "", buffer });
  await expect(page.locator("#model-line")).toContainText(name, { timeout: 60_000 });
  await openView(page, "inside");
}
