/** What attention costs, measured in the browser. */
import { issues } from "./helpers/axe.js";
import { expect, test } from "./helpers/test.js";

test("full and linear attention are measured with 49, 196 and 784 tokens", async ({ page, url }) => {
  test.slow();
  await page.goto(`${url}#train`);
  await page.locator("#cost-measure").click();
  await expect(page.locator("#cost-words")).toHaveText(/With 16 times as many tokens .* full attention takes .* linear attention takes/, { timeout: 90_000 });
  const row = async (name: string): Promise<number[]> => {
    const cells = page.locator(`#cost-table tbody tr:has(th:text-is("${name}")) td`);
    return (await cells.allTextContents()).map((text) => Number(/^([\d.e+]+) ms, [\d.]+ [kMG]?B$/.exec(text)?.[1] ?? NaN));
  };
  const [full, linear] = [await row("full"), await row("linear")];
  test.info().annotations.push({ type: "cost", description: (await page.locator("#cost-table").textContent()) ?? "" });
  for (const times of [full, linear]) {
    expect(times).toHaveLength(3);
    expect(times.every((time) => time > 0)).toBe(true);
  }
  // Both do at least 16 times the work per image in all but attention, full attention 256 times in that.
  const growth = (times: number[]): number => (times[2] ?? 0) / (times[0] ?? 1);
  expect(growth(full)).toBeGreaterThan(growth(linear));
  expect(await issues(page)).toEqual([]);
});
