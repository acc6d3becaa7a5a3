/** User journeys through the page, the same in every engine. */
import { file, table, withCell } from "../helpers/csv.js";
import { DIGITS } from "../helpers/digits.js";
import type { KeyName } from "./browser.js";
import { figures, SHORT } from "./reference.js";
import { bars, builtin, epochs, epochTable, openWith, painting, place, reads, ready, state, visit } from "./steps.js";
import { expect, journey } from "./test.js";

// This journey uses the browser's default settings; the others avoid those that are known to crash.
journey("a drawn digit is recognised, and the page shows the model's attention", { asShipped: true }, async ({ browser, site }) => {
  await visit(browser, site.url);
  for (const digit of [7, 4, 0]) {
    await browser.click("#clear");
    await browser.draw(DIGITS[digit] ?? []);
    await reads(browser, digit);
  }
  const certain = await bars(browser);
  expect(certain.indexOf(Math.max(...certain))).toBe(0);
  await browser.click('#views a[href="#inside"]');
  await expect.poll(() => painting(browser, "#seen"), "what the model sees").not.toBe(0);
  await expect.poll(() => painting(browser, "#see-picture"), "where it looks").not.toBe(0);
  const overlay = (): Promise<number> => painting(browser, "#overlay");
  await expect.poll(overlay, "the same over the drawing").not.toBe(0);
  const strong = await overlay();
  await browser.choose("#see-opacity", "20");
  await expect.poll(overlay).not.toBe(strong);
  await browser.click("#see-show");
  await expect.poll(async () => await overlay() === 0 || !(await browser.shown("#overlay"))).toBe(true);
});

journey("a digit is drawn with the keyboard alone", {}, async ({ browser, site }) => {
  await visit(browser, site.url);
  await browser.run(() => document.getElementById("ink")?.focus());
  const times = (count: number, key: KeyName): KeyName[] => Array<KeyName>(count).fill(key);
  // A seven: from the middle to the left, pen down, right, then down.
  await browser.press("Delete", ...times(6, "ArrowLeft"), "Space", ...times(11, "ArrowRight"));
  for (let i = 0; i < 5; i++) await browser.press(...times(3, "ArrowDown"), "ArrowLeft");
  await browser.press("Space");
  await reads(browser, 7);
});

journey("training on the CPU ends with Chromium's figures, and the model is downloaded", {}, async ({ browser, site, reference }) => {
  await openWith(browser, site.url, SHORT);
  await builtin(browser);
  await browser.click("#run-start");
  await epochs(browser, 2);
  await state(browser, /Finished/);
  const rows = await epochTable(browser);
  expect(figures(rows)).toEqual(figures(await reference()));
  expect(rows.at(-1)?.[1], "training loss falls").toBeLessThan(rows[0]?.[1] ?? 0);
  await expect.poll(() => painting(browser, "#run-loss canvas"), "the curve").not.toBe(0);
  await expect.poll(() => painting(browser, "#results-mistakes canvas"), "a mistake").not.toBe(0);

  const model = await browser.download("#results-save-best");
  expect(model.name).toMatch(/\.safetensors$/);
  expect(model.bytes.length).toBeGreaterThan(4 * 139_018);
  const header = JSON.parse(model.bytes.subarray(8, 8 + Number(model.bytes.readBigUInt64LE(0))).toString("utf8")) as object;
  expect(Object.keys(header).length).toBeGreaterThan(20);
  const metrics = (await browser.download("#results-save-metrics")).bytes.toString("utf8").trim().split("\n");
  expect(metrics).toHaveLength(3);
  await browser.bring("#results-file", [{ name: "mine.safetensors", bytes: model.bytes }]);
  await expect.poll(() => browser.text("#model-line")).toMatch(/^mine\.safetensors,/);
});

journey("the canvas shows predictions during training", {}, async ({ browser, site }) => {
  await openWith(browser, site.url, "tiny;epochs=50;batch_size=32;warmup_epochs=0");
  await builtin(browser);
  await browser.click("#run-start");
  await browser.run(() => scrollTo({ top: 0, behavior: "instant" }));
  await expect.poll(() => browser.text("#run-epoch-text")).toMatch(/step \d+ of/);
  expect(await browser.run(() => scrollY), "the page stays where a person scrolled it").toBe(0);
  await epochs(browser, 1);
  await browser.click("label:has(> [name=model-choice][value=training])");
  await browser.click("#clear");
  await browser.draw(DIGITS[1] ?? []);
  await expect.poll(() => browser.text("#answer-class")).toMatch(/^\d/);
  await expect.poll(() => browser.text("#model-line")).toMatch(/epoch \d+/);
  const first = await bars(browser);
  await expect.poll(() => bars(browser), "the bars follow the training").not.toEqual(first);
  await browser.click("label:has(> [name=model-choice][value=shipped])");
  await browser.click("#clear");
  await browser.draw(DIGITS[3] ?? []);
  await reads(browser, 3);
  await state(browser, /Training/);
  const done = await browser.count("#run-epochs tbody tr");
  await epochs(browser, done + 1);
  await browser.click("#run-menu > summary");
  await browser.click("#run-stop");
  await state(browser, /Stopped/);
});

journey("a paused run resumes after a reload as if never stopped", {}, async ({ browser, site, reference }) => {
  await openWith(browser, site.url, SHORT);
  await builtin(browser);
  await browser.click("#run-start");
  await expect.poll(() => browser.text("#run-epoch-text")).toMatch(/step [1-4]\d of 50/);
  await browser.click("#run-pause");
  await state(browser, /^Paused/);
  await expect.poll(() => browser.text("#run-saved")).toMatch(/\d/);
  await browser.click("#run-step");
  const stood = await place(browser);
  await expect.poll(() => place(browser)).not.toEqual(stood);
  await state(browser, /^Paused/);
  await browser.reload();
  await expect.poll(() => browser.text("#run-kept")).toMatch(/stopped at epoch \d+, step \d+/);
  await browser.click("#run-kept-resume");
  await epochs(browser, 2);
  await state(browser, /Finished/);
  expect(figures(await epochTable(browser))).toEqual(figures(await reference()));
});

journey("files are chosen and dropped, and a bad one is refused with the place of the error", {}, async ({ browser, site }) => {
  await visit(browser, `${site.url}#train`);
  await browser.bring("#data-input", [file("digits.csv", table({ header: true, images: 200 }))]);
  await expect.poll(() => browser.text("#data-count-train")).toContain("160");
  await expect.poll(() => painting(browser, "#data-samples"), "samples").not.toBe(0);
  await browser.drop("#data-drop", file("bad.csv", withCell(table(), 40, 5, "abc")));
  await expect.poll(() => browser.text("#data-files .data-problem")).toMatch(/Row 40, column 5: .*'abc'/);
  await browser.drop("#data-drop", file("more.csv", table({ header: true, images: 50 })));
  await expect.poll(() => browser.text("#data-files")).toContain("50 images");
  await expect.poll(() => browser.text("#data-files")).toContain("200 images");
});

journey("after the first visit the page works offline, including training", {}, async ({ browser, site }) => {
  await openWith(browser, site.url, SHORT);
  await builtin(browser);
  await expect.poll(() => browser.run(offlineCopy), { message: "the trainer is kept", timeout: 30_000 }).toBe("whole");
  await site.close();
  await browser.reload();
  await ready(browser);
  await browser.click("#clear");
  await browser.draw(DIGITS[6] ?? []);
  await reads(browser, 6);
  await builtin(browser);
  await browser.click("#run-start");
  await epochs(browser, 1);
});

/** Whether the service worker has cached the training engine, which comes last. */
async function offlineCopy(): Promise<string> {
  const names = await caches.keys();
  const files = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  const engine = files.flat().find(({ url }) => /trainer-[^/]*\.wasm$/.test(url));
  const kept = engine && await caches.match(engine);
  if (!kept) return "not there";
  const { byteLength } = await kept.arrayBuffer();
  return byteLength === Number(kept.headers.get("content-length")) ? "whole" : `${byteLength} bytes`;
}

journey("on a narrow screen nothing is cut off, and a finger draws", { narrow: true }, async ({ browser, site }) => {
  await browser.resize(360, 740);
  await visit(browser, site.url);
  expect(await browser.run(() => innerWidth)).toBe(360);
  const overflow = (): Promise<number> =>
    browser.run(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await overflow()).toBe(0);
  await browser.click("#clear");
  await browser.draw(DIGITS[1] ?? [], "touch");
  await reads(browser, 1);
  await browser.run(() => document.querySelectorAll("details").forEach((one) => one.setAttribute("open", "")));
  expect(await overflow(), "with everything unfolded").toBe(0);
});

journey("a private window stores a run until it is closed, or says that it does not", { private: true }, async ({ browser, site }) => {
  await openWith(browser, site.url, "tiny;epochs=50;batch_size=32;warmup_epochs=0");
  await builtin(browser);
  await browser.click("#run-start");
  await epochs(browser, 1);
  await browser.click("#run-pause");
  await state(browser, /^Paused/);
  const said = (): Promise<string> => browser.text("#run-not-saved");
  const saved = async (): Promise<boolean> => /\d/.test(await browser.text("#run-saved"));
  await expect.poll(async () => await saved() !== (await said() !== ""), "kept, or not and said").toBe(true);
  const kept = await saved();
  await browser.reload();
  await ready(browser);
  await expect.poll(async () => /stopped at epoch/.test(await browser.text("#run-kept"))).toBe(kept);
});

journey("missing features are reported: without WebGPU the CPU trains, and storage may not be durable", {}, async ({ browser, site }) => {
  await visit(browser, `${site.url}#train`);
  await browser.openDetails("#settings-device");
  expect(await browser.disabled("input[name=device][value=gpu]")).toBe(true);
  await builtin(browser);
  await expect.poll(() => browser.text("#device-note")).toMatch(/CPU.*WebGPU|WebGPU.*CPU/);
  await expect.poll(() => browser.text("#status")).toMatch(/Training runs on the CPU/);
  await browser.box("#forget");
  await expect.poll(() => browser.text("#foot-usage"), "how much is kept, and for how long").toMatch(/keep|kept|clear/);
});
