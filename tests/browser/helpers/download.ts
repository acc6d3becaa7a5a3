/** Files that the page offers for download. */
import { readFile } from "node:fs/promises";
import type { Download, Locator } from "@playwright/test";

/** Presses a button and reads the downloaded file. */
export async function download(button: Locator): Promise<{ name: string; bytes: Buffer }> {
  const [file]: [Download, void] = await Promise.all([
    button.page().waitForEvent("download"),
    button.click(),
  ]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}
