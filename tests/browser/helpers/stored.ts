/** The content of the browser's database. */
import type { Page } from "@playwright/test";

/** All entries of a table, with their keys. */
export function stored(page: Page, table: string): Promise<{ key: unknown; value: unknown }[]> {
  return page.evaluate((name) => new Promise((resolve, reject) => {
    const opening = indexedDB.open("patchwork");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const rows = opening.result.transaction(name).objectStore(name);
      const [keys, values] = [rows.getAllKeys(), rows.getAll()];
      values.onerror = () => reject(values.error);
      values.onsuccess = () => {
        opening.result.close();
        resolve(values.result.map((value: unknown, i) => ({ key: keys.result[i], value })));
      };
    };
  }), table);
}

/** The number of entries in each of these tables. */
export function countStored(page: Page, tables: string[]): Promise<number[]> {
  return page.evaluate((names) => new Promise((resolve, reject) => {
    const opening = indexedDB.open("patchwork");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const reading = opening.result.transaction(names);
      const counts = names.map((name) => reading.objectStore(name).count());
      reading.onerror = () => reject(reading.error);
      reading.oncomplete = () => {
        opening.result.close();
        resolve(counts.map(({ result }) => result));
      };
    };
  }), tables);
}
