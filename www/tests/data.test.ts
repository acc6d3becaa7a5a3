import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../src/app.js";
import { problem } from "../src/client/errors.js";
import { classCounts } from "../src/data/classes.js";
import { createRecovery, type RecoveryEvents } from "../src/data/lost.js";
import { objectionTo } from "../src/data/objection.js";
import type { Job, ReadQueue } from "../src/data/read-queue.js";
import type { FileReport, DataReport } from "../src/protocol/engine.js";
import type { DataState, Entry, Source } from "../src/protocol/messages.js";

const upright = { inverted: false, transposed: false };

function report(own: Partial<FileReport>): FileReport {
  return {
    id: 0, name: "digits.csv", layout: "", images: 10, side: 28, labelled: true, class_counts: [], class_names: [],
    part: "train", part_chosen: false, orientation: upright, offers: upright, notices: [], candidates: [], ...own,
  };
}

function material(own: Partial<DataReport>): DataReport {
  return {
    train: 8, validation: 1, test: 1, side: 28, classes: 2, class_counts: [], class_names: [], shared: 0, notices: [],
    ...own,
  };
}

function state(files: FileReport[], own: Partial<DataState> = {}): DataState {
  const sources = new Map(files.map(({ id, name }) => [id, [source(name)]]));
  return { holder: "one", files, material: null, split: { validation: 0.1, test: 0.1, seed: 3 }, sources, ...own };
}

const source = (name: string): Source => ({ type: "file", file: new File(["1"], name), options: { any_labels: false } });

test("classes of several files are counted by their names", () => {
  const files = [
    report({ class_counts: [10, 20], class_names: ["cat", "dog"] }),
    report({ id: 1, class_counts: [100, 30], class_names: ["bird", "cat"] }),
  ];
  const joined = material({ classes: 3, class_names: ["cat", "dog", "bird"] });
  const counts = classCounts(state(files, { material: joined, split: { validation: 0.1, test: 0.1, seed: 0 } }));
  assert.deepEqual(counts.map(({ name, train }) => [name, train]), [["cat", 32], ["dog", 16], ["bird", 80]]);
});

test("numbers and the words for them are the same classes, also in a test file", () => {
  const files = [
    report({ class_counts: [10, 10], class_names: [] }),
    report({ id: 1, part: "test", class_counts: [3, 4], class_names: ["one", "zero"] }),
  ];
  const counts = classCounts(state(files, { material: material({}) }));
  assert.deepEqual(counts.map(({ name, test: tested }) => [name, tested]), [["0", 4], ["1", 3]]);
});

test("without files nothing prevents training", () => {
  assert.equal(objectionTo(undefined, [], []), null);
  assert.equal(objectionTo(state([]), [], []), null);
  assert.equal(objectionTo(state([report({})], { material: material({}) }), [], [{ name: "bad.csv" }]), null);
});

test("training waits if none of the files can be trained on", () => {
  const lost: Entry[] = [{ report: report({ name: "gone.csv" }), sources: [] }];
  const learned = state([report({})], { material: material({}) });
  assert.match(objectionTo(learned, lost, [])?.problem ?? "", /gone\.csv could not be read again after the engine/);
  assert.match(objectionTo(state([report({ part: "unlabelled" })]), [], [])?.help ?? "", /real digits/);
  assert.match(objectionTo(state([]), [], [{ name: "bad.csv" }])?.problem ?? "", /bad\.csv was not accepted/);
});

/** A recovery with a scripted trainer, and a reader that does one job after the other. */
function recovery(answer: (call: string, input: { entry: Entry; exact: boolean }) => DataState) {
  const calls: [string, Entry | null, boolean][] = [];
  const jobs: Job[] = [];
  const reader: ReadQueue = {
    add: (more) => void jobs.push(...more),
    clear: () => jobs.splice(0).forEach((job) => job.stopped()),
    idle: async () => undefined,
  };
  const call = async (name: string, input: { entry: Entry; exact: boolean }): Promise<DataState> => {
    calls.push([name, input.entry ?? null, input.exact]);
    return answer(name, input);
  };
  const said: string[] = [];
  const events: RecoveryEvents = {
    data: ({ files }) => void said.push(`${files.length} files`),
    changed: () => undefined,
    recovered: () => void said.push("recovered"),
  };
  const made = createRecovery({ trainer: { call } } as unknown as App, reader, events);
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      await job.run().then(job.done, (thrown) => job.failed(thrown));
    }
  };
  return { made, calls, said, work };
}

test("files of a previous engine are read again, with the user's choices", async () => {
  const held = [report({ id: 4, name: "a.csv", part: "test" }), report({ id: 5, name: "b.csv" })];
  const { made, calls, said, work } = recovery(() => state(held));
  made.begin(state(held));
  assert.equal(made.entries.length, 2);
  await work();
  assert.deepEqual(calls.map(([name]) => name), ["setSplit", "addAgain", "addAgain"]);
  assert.deepEqual(calls.slice(1).map(([, entry, exact]) => [entry?.report.name, entry?.report.part, exact]),
    [["a.csv", "test", true], ["b.csv", "train", true]]);
  assert.equal(made.entries.length, 0);
  assert.equal(said.at(-1), "recovered");
});

test("an unreadable file waits for a decision, and the user can replace it", async () => {
  let there = false;
  const { made, calls, work } = recovery((name) => {
    if (name === "addAgain" && !there) throw problem("file", "it is gone");
    return state([]);
  });
  made.begin(state([report({ name: "a.csv" })]));
  await work();
  assert.deepEqual(made.entries.map(({ error }) => error?.problem), ["it is gone"]);
  there = true;
  const [own, other] = [new File(["2"], "a.csv"), new File(["3"], "c.csv")];
  assert.deepEqual(made.offer([own, other]), [other]);
  await work();
  const [, entry, exact] = calls.at(-1) ?? [];
  assert.equal((entry?.sources[0] as Extract<Source, { type: "file" }>).file, own);
  assert.equal(exact, false, "it may be another one by now");
  assert.equal(made.entries.length, 0);
});

test("files of the same name are matched one to one", async () => {
  const { made, calls, work } = recovery((name) => {
    if (name === "addAgain") throw problem("file", "it is gone");
    return state([]);
  });
  made.begin(state([report({ name: "data.csv", images: 1 }), report({ id: 1, name: "data.csv", images: 2 })]));
  await work();
  const brought = [new File(["a"], "data.csv"), new File(["b"], "data.csv"), new File(["c"], "data.csv")];
  assert.deepEqual(made.offer(brought), [brought[2]]);
  await work();
  const files = calls.slice(-2).map(([, entry]) => (entry?.sources[0] as Extract<Source, { type: "file" }>).file);
  assert.deepEqual(files, brought.slice(0, 2));
});

test("an engine that crashes twice while reading files is not given them again without a request", async () => {
  const held = state([report({ name: "a.csv" }), report({ id: 1, name: "b.csv" })]);
  const { made, calls, work } = recovery(() => {
    throw problem("device", "it stopped");
  });
  made.begin(held);
  made.halt();
  made.begin({ ...held, holder: "two" });
  await work();
  assert.deepEqual(calls.map(([name]) => name).filter((name) => name === "addAgain"), []);
  assert.ok(made.entries.length > 0 && made.entries.every(({ error }) => error !== null));
});
