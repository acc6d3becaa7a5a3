import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { heartbeat } from "../src/client/heartbeat.js";

const BEAT = 5_000;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval"] });
});

/** A worker that may be busy, with the reports about it. */
function watched(usual: number | null = null): { said: (boolean | number)[]; worker: { there: boolean; answer: (() => void) | null; busy: boolean } } {
  const said: (boolean | number)[] = [];
  const worker = { there: true, busy: false, answer: null as (() => void) | null };
  heartbeat({
    there: () => worker.there,
    ask: () => new Promise((resolve) => {
      if (worker.busy) worker.answer = () => resolve(null);
      else resolve(null);
    }),
    usual: () => usual,
  }, (silent, seconds) => said.push(silent && seconds));
  return { said, worker };
}

async function beats(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    mock.timers.tick(BEAT);
    await settled();
  }
}

test("a worker that answers is never silent, however long it runs", async () => {
  const { said } = watched();
  await beats(100);
  assert.deepEqual(said, []);
});

test("silence is reported once, after two minutes, and withdrawn at the first answer", async () => {
  const { said, worker } = watched();
  worker.busy = true;
  await beats(23);
  assert.deepEqual(said, []);
  await beats(10);
  assert.deepEqual(said, [120]);
  worker.busy = false;
  worker.answer?.();
  await settled();
  assert.deepEqual(said, [120, false]);
  await beats(50);
  assert.deepEqual(said, [120, false]);
});

test("without a worker there are no pings", async () => {
  const { said, worker } = watched();
  [worker.there, worker.busy] = [false, true];
  await beats(100);
  assert.deepEqual(said, []);
  assert.equal(worker.answer, null);
});

test("with short steps ten seconds are silence, with long ones twenty steps", async () => {
  for (const [usual, beatsUntil] of [[0.01, 3], [1, 5], [60, 24]] as const) {
    mock.timers.reset();
    mock.timers.enable({ apis: ["setInterval"] });
    const { said, worker } = watched(usual);
    worker.busy = true;
    await beats(beatsUntil - 1);
    assert.deepEqual(said, [], `steps of ${usual} s`);
    await beats(30);
    assert.deepEqual(said, [...new Set([beatsUntil * 5, 120])]);
    worker.answer?.();
    await settled();
    assert.equal(said.at(-1), false);
  }
});
