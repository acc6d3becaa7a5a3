/** Dropping files on the page. */
import type { JSHandle, Page } from "@playwright/test";
import type { Brought } from "./csv.js";

/** Drops files on an element, as with a mouse. */
export async function drop(page: Page, selector: string, files: readonly Brought[]): Promise<void> {
  const sent = files.map(({ name, bytes }) => ({ name, base64: bytes.toString("base64") }));
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      data.items.add(new File([bytes], name));
    }
    return data;
  }, sent);
  for (const type of ["dragenter", "dragover", "drop"]) {
    await page.locator(selector).dispatchEvent(type, { dataTransfer: transfer });
  }
}

/** A large file to drop: a repeated part, so that it is quick to make. */
export function largeFile(page: Page, name: string, part: string, count: number): Promise<JSHandle<DataTransfer>> {
  return page.evaluateHandle(([text, times, file]) => {
    const data = new DataTransfer();
    data.items.add(new File(Array<string>(times).fill(text), file));
    return data;
  }, [part, count, name] as const);
}
