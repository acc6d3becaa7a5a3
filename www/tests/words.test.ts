import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, plain, problem } from "../src/client/errors.js";
import { adviceFor } from "../src/device/advice.js";
import { bytes, duration, errorSentence, integer, percent, plural, significant } from "../src/ui/format.js";

test("numbers are formatted for people", () => {
  assert.deepEqual([percent(0.873), percent(1, 0), percent(Number.NaN)], ["87.3 %", "100 %", "–"]);
  assert.deepEqual([integer(12345.4), integer(Infinity)], ["12,345", "–"]);
  assert.deepEqual([0.00012345, 0.00001234, 123456].map((n) => significant(n)), ["0.000123", "1.23e-5", "123000"]);
  assert.deepEqual([plural(1, "image"), plural(2000, "class")], ["1 image", "2,000 classes"]);
});

test("durations and sizes change their unit where they would round up to it", () => {
  assert.deepEqual([0.0084, 0.9996, 9.96, 59.6, 61, 3600, 7500].map(duration),
    ["8 ms", "1.0 s", "10 s", "1 min", "1 min 1 s", "1 h", "2 h 5 min"]);
  assert.equal(duration(-1), "–");
  assert.deepEqual([999, 999.6, 1449, 9.96e6, 1e15].map(bytes), ["999 B", "1.0 kB", "1.4 kB", "10 MB", "1,000 TB"]);
});

test("an error text has place, problem and help", () => {
  const place = { file: "a.csv", row: 3, column: 1 };
  const error = { ...problem("data", "the label is 'cat'", "Labels are numbers"), place };
  assert.equal(errorSentence(error), "a.csv, row 3, column 1: the label is 'cat'. Labels are numbers.");
  assert.equal(errorSentence(new Error("it broke!")), "It broke!");
});

test("an error round-trips between worker and page", () => {
  const error = problem("device", "The device was lost", "Try the CPU");
  assert.deepEqual(plain(failure(error)), error);
  assert.equal(failure(error).message, "The device was lost. Try the CPU");
  assert.equal(plain(problem("data", "first line\n  stack")).problem, "first line");
  assert.deepEqual(plain(new TypeError("no"), "file"), problem("file", "no"));
});

const AGENTS = {
  chrome: "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36",
  linux: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36",
  android: "Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Mobile Safari/537.36",
  firefox: "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/153.0",
  esr: "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/153.0",
  safari: "Mozilla/5.0 (Macintosh) Version/26.0 Safari/605.1.15",
  other: "Something/1.0",
};

test("with WebGPU but no card the advice is not to enable WebGPU; all advice ends without a period", () => {
  for (const agent of Object.values(AGENTS)) {
    const card = adviceFor({ fit: false, lack: "no-adapter" }, agent);
    assert.doesNotMatch(card, /has it|have it|does not offer/, agent);
    const unfit = { fit: false, lack: "unfit", name: "card", software: false, missing: "memory" } as const;
    for (const advice of [card, adviceFor({ fit: false, lack: "no-webgpu" }, agent), adviceFor(unfit, agent)]) {
      assert.match(advice, /^[A-Z].*[^.!?…]$/, agent);
    }
  }
  assert.match(adviceFor({ fit: false, lack: "no-adapter" }, AGENTS.esr), /Vulkan drivers/);
});

test("advice for a graphics card names the user's browser", () => {
  const none = { fit: false, lack: "no-webgpu" } as const;
  const agent = (text: string): string => adviceFor(none, `Mozilla/5.0 ${text}`);
  assert.match(agent("(X11; Linux x86_64) Chrome/140.0 Safari/537.36"), /Vulkan/);
  assert.match(agent("(Linux; Android 14) Chrome/140.0 Mobile Safari/537.36"), /Android 12/);
  assert.match(agent("(Macintosh) Version/18.0 Safari/605.1.15"), /Safari supports it/);
  assert.match(agent("(Windows NT 10.0) Gecko/20100101 Firefox/140.0"), /Firefox supports it/);
});
