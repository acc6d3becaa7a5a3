import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, problem } from "../src/client/errors.js";
import { isTrap, serve, type Handlers, type Wire } from "../src/workers/serve.js";

interface Calls {
  half: [number, number];
  fail: [string, null];
  odd: [null, unknown];
}

const handlers: Handlers<Calls> = {
  half: (input) => input / 2,
  fail(input) {
    if (input === "trap") throw new WebAssembly.RuntimeError("unreachable");
    if (input === "range") throw new RangeError("Invalid array length");
    throw failure(problem("data", input));
  },
  odd: () => () => undefined,
};

/** A worker with these handlers: its answers to a message. */
async function answers(message: unknown): Promise<Record<string, unknown>[]> {
  const said: Record<string, unknown>[] = [];
  const heard = new Map<string, (event: Event) => void>();
  const wire: Wire = {
    postMessage: (answer) => void said.push(structuredClone(answer) as Record<string, unknown>),
    addEventListener: (type, listener) => void heard.set(type, listener),
  };
  serve<Calls>(handlers, wire);
  if (message === "unreadable") heard.get("messageerror")?.(new Event("messageerror"));
  else heard.get("message")?.({ data: message } as unknown as Event);
  await new Promise((resolve) => setImmediate(resolve));
  return said;
}

test("a call is answered with its id", async () => {
  assert.deepEqual(await answers({ id: 7, call: "half", input: 8 }), [{ id: 7, ok: true, output: 4 }]);
});

test("an error is an answer", async () => {
  const [answer] = await answers({ id: 1, call: "fail", input: "no labels" });
  assert.deepEqual(answer, { id: 1, ok: false, error: problem("data", "no labels") });
});

test("an unknown call is an error, even if every object has a property of that name", async () => {
  for (const call of ["nonsense", "toString", "constructor"]) {
    const [answer] = await answers({ id: 1, call, input: null });
    assert.equal(answer?.["ok"], false);
    assert.match(JSON.stringify(answer), new RegExp(`does not know the call .*${call}`));
  }
});

test("an answer that cannot be sent becomes an error", async () => {
  const [answer] = await answers({ id: 1, call: "odd", input: null });
  assert.equal(answer?.["ok"], false);
});

test("a trap is answered and ends the worker; a plain RangeError is only answered", async () => {
  const trapped = await answers({ id: 1, call: "fail", input: "trap" });
  assert.deepEqual([trapped.length, trapped[0]?.["ok"], "crashed" in (trapped[1] ?? {})], [2, false, true]);
  const ranged = await answers({ id: 1, call: "fail", input: "range" });
  assert.deepEqual([ranged.length, ranged[0]?.["ok"]], [1, false]);
});

test("foreign messages are ignored; unreadable ones end the worker", async () => {
  for (const message of [null, { hello: {} }, 5]) assert.deepEqual(await answers(message), []);
  assert.match(JSON.stringify(await answers("unreadable")), /crashed.*could not be read/);
});

test("only traps and exhausted memory or stack are fatal", () => {
  const fatal = [
    new WebAssembly.RuntimeError("unreachable"), new RangeError("Maximum call stack size exceeded"),
    new RangeError("Array buffer allocation failed"), new RangeError("WebAssembly.Memory(): could not allocate memory"),
    Object.assign(new Error("too much recursion"), { name: "InternalError" }), new RangeError("Out of memory"),
  ];
  const harmless = [new RangeError("Invalid array length"), new RangeError("offset is out of bounds"), new Error("out of memory"), null, "x"];
  assert.deepEqual(fatal.map(isTrap), fatal.map(() => true));
  assert.deepEqual(harmless.map(isTrap), harmless.map(() => false));
});
