import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { createPace, type Overdue } from "../src/workers/trainer/pace.js";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval", "Date"] });
});

/** A pace on the test's clock, with its reports of late work. */
function watched() {
  const said: string[][] = [];
  let now = 0;
  mock.method(performance, "now", () => now);
  const pace = createPace((late: Overdue[]) => void said.push(late.map(({ what, usual }) => `${what} (${usual ?? "?"} s)`)));
  const seconds = (count: number): void => {
    for (let second = 0; second < count; second++) {
      now += 1000;
      mock.timers.tick(1000);
    }
  };
  /** Work that takes this many seconds. */
  const work = async (what: string, length: number): Promise<void> => {
    let end: () => void = () => undefined;
    const done = pace.time(what, () => new Promise<void>((resolve) => (end = resolve)));
    seconds(length);
    end();
    await done;
  };
  return { pace, said, seconds, work };
}

test("a first step may take two minutes; then it is late", async () => {
  const { said, work } = watched();
  await work("training", 119);
  assert.deepEqual(said, []);
  await work("training", 121);
  assert.deepEqual(said, [["training (? s)"], []]);
});

test("what takes twenty times its usual time is late, at least ten seconds, until it ends", async () => {
  const { said, work } = watched();
  for (let i = 0; i < 5; i++) await work("training", 1);
  await work("training", 19);
  assert.deepEqual(said, []);
  for (let i = 0; i < 5; i++) await work("another", 1);
  await work("another", 25);
  assert.deepEqual(said, [["another (1 s)"], []]);
  for (let i = 0; i < 30; i++) await work("quick", 0);
  await work("quicker", 9);
  assert.equal(said.length, 2);
  await work("quick", 11);
  assert.deepEqual(said.slice(2), [["quick (0 s)"], []]);
});

test("if every tenth waits for those before it, that is the usual time", async () => {
  const { pace, said, work } = watched();
  const time = pace.time;
  pace.time = (what, run) => time(what, run, 30);
  for (let step = 1; step <= 200; step++) await work("training", step % 10 === 0 ? 20 : 0);
  assert.deepEqual(said, []);
  await work("training", 50);
  assert.deepEqual(said, [["training (2 s)"], []]);
});

test("each kind of work has its own usual time; a new run learns them again", async () => {
  const { pace, said, work } = watched();
  for (let i = 0; i < 5; i++) await work("training", 0);
  await work("evaluation", 60);
  assert.deepEqual(said, []);
  pace.forget();
  await work("training", 60);
  assert.deepEqual(said, []);
});

test("several at once: all late ones are reported, until they end or fail", async () => {
  const { pace, said, seconds } = watched();
  const ends: (() => void)[] = [];
  const run = (what: string): Promise<void> =>
    pace.time(what, () => new Promise<void>((resolve, reject) => ends.push(what === "bad" ? () => reject(new Error("no")) : resolve)));
  const all = [run("bad"), run("good")].map((one) => one.catch(() => undefined));
  seconds(120);
  assert.deepEqual(said.at(-1), ["bad (? s)", "good (? s)"]);
  ends[0]?.();
  await settled();
  assert.deepEqual(said.at(-1), ["good (? s)"]);
  ends[1]?.();
  await Promise.all(all);
  assert.deepEqual(said.at(-1), []);
});

test("a computer that slept makes nothing late", async () => {
  const { said, work, pace } = watched();
  for (let i = 0; i < 5; i++) await work("training", 1);
  let end: () => void = () => undefined;
  const done = pace.time("training", () => new Promise<void>((resolve) => (end = resolve)));
  // Hours by the clock, one check.
  mock.timers.setTime(Date.now() + 7_200_000);
  await settled();
  end();
  await done;
  assert.deepEqual(said, []);
});
