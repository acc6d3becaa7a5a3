import { ready } from "./helpers/ink.js";
import { test } from "./helpers/test.js";
for (const [name, w, h, touch] of [["desk", 1440, 900, false], ["phone", 390, 844, true]] as const) {
  for (const scheme of ["light", "dark"] as const) {
    test(`${name} ${scheme}`, async ({ browser, url }) => {
      const context = await browser.newContext({ viewport: { width: w, height: h }, colorScheme: scheme, hasTouch: touch, isMobile: touch });
      const page = await context.newPage();
      await page.goto(url); await ready(page);
      const shot = (n: string) => page.screenshot({ path: `/tmp/shot-${name}-${scheme}-${n}.png` });
      await page.locator("#picture-file").setInputFiles("/tmp/shot-several-1.jpg");
      await page.waitForSelector(".photo-choice"); await page.waitForTimeout(300);
      await shot("1");
      await page.locator(".photo-choice").nth(1).click(); await page.waitForTimeout(400);
      await shot("2");
      await page.locator("#picture-file").setInputFiles("/tmp/shot-several-4.jpg");
      await page.waitForTimeout(800);
      await shot("3");
      await page.locator("#picture-file").setInputFiles("/tmp/shot-table-edge-1.jpg");
      await page.waitForTimeout(800);
      await shot("4");
      await page.locator("#photo-open").click(); await page.waitForTimeout(300);
      await shot("5");
      await context.close();
    });
  }
}
