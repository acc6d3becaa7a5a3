import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "../src/app.js";
import { problem } from "../src/client/errors.js";
import { connect, type Endpoint, type Rpc } from "../src/client/rpc.js";
import type { PatchworkError } from "../src/protocol/engine.js";

interface Calls {
  double: [number, number];
  name: [string, string];
}

/** A scripted worker that records what it was sent. */
class FakeWorker implements Endpoint {
  onmessage: Endpoint["onmessage"] = null;
  onmessageerror: Endpoint["onmessageerror"] = null;
  onerror: Endpoint["onerror"] = null;
  readonly sent: { id: number; call: string; input: unknown }[] = [];
  ended = false;
  postMessage(message: unknown): void {
    // Values that cannot be cloned throw, as in a browser.
    this.sent.push(structuredClone(message) as FakeWorker["sent"][number]);
  }
  terminate(): void {
    this.ended = true;
  }
  says(data: unknown): void {
    this.onmessage?.({ data } as MessageEvent);
  }
  fails(message: string): void {
    this.onerror?.({ message, preventDefault: () => undefined } as ErrorEvent);
  }
}

function wire(onCrash: (error: PatchworkError, rpc: Rpc<Calls>) => void = () => undefined) {
  const workers: FakeWorker[] = [];
  const events: string[] = [];
  const crashes: string[] = [];
  const rpc: Rpc<Calls> = connect<Calls, string>({
    name: "trainer",
    start() {
      workers.push(new FakeWorker());
      return workers.at(-1) as FakeWorker;
    },
    missing: async () => problem("network", "The trainer is not there"),
    onEvent: (event) => {
      events.push(event);
      if (event === "bad") throw new Error("a listener that throws");
    },
    onCrash(error) {
      crashes.push(error.problem);
      onCrash(error, rpc);
    },
  });
  return { rpc, workers, events, crashes, worker: (index = 0) => workers[index] as FakeWorker };
}

/** The outcome of a promise. */
const outcome = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: Error & PatchworkError) => `${error.kind}: ${error.problem}`);

test("nothing is started before the first call; answers find their calls in any order", async () => {
  const { rpc, workers, worker } = wire();
  assert.equal(rpc.running, false);
  const [first, second] = [rpc.call("double", 2), rpc.call("name", "a")];
  assert.equal(workers.length, 1);
  assert.deepEqual(worker().sent, [{ id: 1, call: "double", input: 2 }, { id: 2, call: "name", input: "a" }]);
  worker().says({ id: 2, ok: true, output: "b" });
  assert.equal(rpc.waiting, 1);
  worker().says({ id: 1, ok: false, error: problem("data", "no") });
  assert.deepEqual([await outcome(first), await second], ["data: no", "b"]);
  assert.deepEqual([rpc.running, rpc.waiting, rpc.crashes], [true, 0, 0]);
});

test("events reach their listener; one that throws does not stop later events", async (context) => {
  context.mock.method(console, "error", () => undefined);
  const { rpc, events, worker } = wire();
  const call = rpc.call("double", 1);
  worker().says({ event: "bad" });
  worker().says({ event: "good" });
  worker().says({ id: 1, ok: true, output: 2 });
  assert.deepEqual([events, await call], [["bad", "good"], 2]);
});

test("a crash fails open calls, is reported once, and the next call starts a new worker", async () => {
  const { rpc, workers, crashes, worker } = wire();
  const open = [rpc.call("double", 1), rpc.call("double", 2)];
  worker().says({ crashed: problem("device", "trapped") });
  worker().says({ crashed: problem("device", "trapped again") });
  worker().fails("late");
  assert.deepEqual(await Promise.all(open.map(outcome)), ["device: trapped", "device: trapped"]);
  assert.deepEqual([crashes, worker().ended, rpc.running, rpc.crashes], [["trapped"], true, false, 1]);
  const next = rpc.call("double", 3);
  assert.equal(workers.length, 2);
  worker(1).says({ id: 3, ok: true, output: 6 });
  assert.equal(await next, 6);
});

test("messages of a terminated worker are ignored", async () => {
  const { rpc, events, crashes, worker } = wire();
  const old = rpc.call("double", 1);
  rpc.restart(problem("device", "ended"));
  assert.equal(await outcome(old), "device: ended");
  const next = rpc.call("double", 2);
  for (const late of [{ id: 2, ok: true, output: -1 }, { event: "late" }, { crashed: problem("device", "late") }]) {
    worker(0).says(late);
  }
  worker(0).fails("late");
  worker(1).says({ id: 2, ok: true, output: 4 });
  assert.deepEqual([await next, events, crashes, rpc.crashes], [4, [], [], 0]);
});

test("an answer to an unknown call is ignored", async () => {
  const { rpc, worker } = wire();
  const call = rpc.call("double", 1);
  worker().says({ id: 77, ok: true, output: 0 });
  worker().says({ id: 1, ok: true, output: 2 });
  worker().says({ id: 1, ok: true, output: 3 });
  assert.equal(await call, 2);
});

test("a call that cannot be sent fails alone", async () => {
  const { rpc, worker } = wire();
  const good = rpc.call("double", 1);
  const bad = rpc.call("name", (() => undefined) as unknown as string);
  assert.match(String(await outcome(bad)), /could not be cloned/);
  worker().says({ id: 1, ok: true, output: 2 });
  assert.deepEqual([await good, rpc.crashes, rpc.running], [2, 0, true]);
});

test("if a worker cannot be started, the call fails and the next one retries", async () => {
  let tries = 0;
  const worker = new FakeWorker();
  const rpc = connect<Calls, never>({
    name: "worker",
    start() {
      if (++tries === 1) throw new Error("no workers here");
      return worker;
    },
    missing: async () => problem("network", "The worker is not there"),
    onCrash: () => assert.fail("nothing ran that could crash"),
  });
  assert.equal(await outcome(rpc.call("double", 1)), "device: no workers here");
  const next = rpc.call("double", 1);
  worker.says({ id: 2, ok: true, output: 2 });
  assert.equal(await next, 2);
});

test("an unreadable message ends the worker, so that no call waits forever", async () => {
  const { rpc, worker, crashes } = wire();
  const call = rpc.call("double", 1);
  worker().onmessageerror?.({} as MessageEvent);
  assert.match(String(await outcome(call)), /could not be read/);
  assert.deepEqual([crashes.length, worker().ended], [1, true]);
});

test("a crash handler may call the worker immediately", async () => {
  let again: Promise<number> | null = null;
  const { rpc, workers, worker } = wire((_, own) => (again = own.call("double", 5)));
  const first = rpc.call("double", 1);
  worker().fails("gone");
  assert.match(String(await outcome(first)), /while it was starting \(gone\)/);
  assert.equal(workers.length, 2);
  worker(1).says({ id: 2, ok: true, output: 10 });
  assert.equal(await again, 10);
});

test("the reported cause is right: not loaded, crashed while starting, crashed", async () => {
  const { rpc, worker, crashes } = wire();
  void outcome(rpc.call("double", 1));
  worker(0).fails("");
  await new Promise((resolve) => setImmediate(resolve));
  void outcome(rpc.call("double", 1));
  worker(1).fails("illegal opcode");
  const call = rpc.call("double", 1);
  worker(2).says({ id: 3, ok: true, output: 2 });
  await call;
  worker(2).fails("illegal opcode");
  assert.deepEqual(crashes, [
    "The trainer is not there", "The trainer stopped while it was starting (illegal opcode)",
    "The trainer stopped: illegal opcode",
  ]);
});

test("a section that throws does not stop events to the others", (context) => {
  const reported = context.mock.method(console, "error", () => undefined);
  const app = new App(null as never, null as never, null as never);
  const heard: string[] = [];
  app.on("model-choice", () => {
    throw new Error("a fault of one part");
  });
  app.on("model-choice", (choice) => void heard.push(choice));
  app.emit("model-choice", "shipped");
  app.on("model-choice", () => {
    throw new Error("another, at once");
  });
  assert.deepEqual(heard, ["shipped"]);
  assert.equal(reported.mock.callCount(), 2);
});
