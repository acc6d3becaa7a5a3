/** WebKitGTK only. */
import { DIGITS } from "../helpers/digits.js";
import { builtin, chooseDevice, reads, visit } from "./steps.js";
import { expect, journey } from "./test.js";

journey("a browser without a language does no harm", { language: "" }, async ({ browser, site }) => {
  await visit(browser, site.url);
  expect(await browser.run(() => {
    try {
      return new Intl.NumberFormat(navigator.language).format(1);
    } catch (error) {
      return String(error);
    }
  }), "what scripts must live with").toMatch(/RangeError/);
  await browser.click("#clear");
  await browser.draw(DIGITS[2] ?? []);
  await reads(browser, 2);
  await browser.click('#views a[href="#train"]');
  await chooseDevice(browser, "cpu");
  await builtin(browser);
  await browser.click("#run-start");
  await expect.poll(() => browser.text("#run-epoch-text")).toMatch(/step \d+ of/);
});
