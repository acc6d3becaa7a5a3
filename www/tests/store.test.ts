import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { openDB } from "idb";
import type { EpochDetail, EpochRow, FileReport } from "../src/protocol/engine.js";
import type { RunRecord } from "../src/protocol/messages.js";
import { openDatabase } from "../src/store/database.js";
import { memoryStore } from "../src/store/memory.js";
import { openStore } from "../src/store/open.js";
import { FILES_GONE, type KeptData, type KeptFile, type NewEpoch, type Store } from "../src/store/store.js";

const TABLES = ["runs", "rows", "checkpoints", "epochs", "data", "files", "drawings"];

afterEach(async () => {
  const database = await openDB("patchwork");
  if (database.objectStoreNames.length > 0) {
    await Promise.all([...database.objectStoreNames].map((table) => database.clear(table)));
  }
  database.close();
});

const row = (epoch: number, accuracy = epoch / 1000): EpochRow =>
  ({ epoch, validation_accuracy: accuracy, validation_loss: 1, seconds: epoch }) as EpochRow;

const run = (id: string, more: Partial<RunRecord> = {}): RunRecord => ({
  id, created: 1, name: id, preset: "tiny", parameters: 1, history: [], state: "running", test: null, epochs: [],
  resumable: false, error: null, ...more,
} as unknown as RunRecord);

const epoch = (number: number, most = 1e9, best: number | null = null): NewEpoch =>
  ({ epoch: number, best, most, weights: new Uint8Array(1000), detail: {} as EpochDetail });

const file = (key: string): KeptFile => ({ key, images: new Blob(["images"]), labels: new Blob(["labels"]) });
const dataOf = (...keys: string[]): KeptData =>
  ({ files: keys.map((key) => ({ key, report: {} as FileReport })), split: { validation: 0, test: 0, seed: 0 } });

/** The keys of a table in the database. */
async function keysOf(table: string): Promise<unknown[]> {
  const database = await openDB("patchwork");
  const keys = await database.getAllKeys(table);
  database.close();
  return keys;
}

const both = (name: string, check: (store: Store) => Promise<void>): void => {
  test(`${name} (database)`, async () => check(await openDatabase()));
  test(`${name} (memory)`, () => check(memoryStore("a test")));
};

both("a run comes back with its history, the newest first", async (store) => {
  await store.addRun(run("a", { history: [row(1)] }));
  await store.addRun(run("b", { created: 2 }));
  await store.saveEpoch("a", epoch(2), [row(2)]);
  const [newest, oldest] = await store.runs();
  assert.deepEqual([newest?.id, oldest?.id, oldest?.history, oldest?.epochs], ["b", "a", [row(1), row(2)], [2]]);
  assert.deepEqual(await store.run("a"), oldest);
});

both("renaming and saving at the same time lose neither name nor state", async (store) => {
  await store.addRun(run("a"));
  await Promise.all([
    store.updateRun("a", { state: "paused" }), store.renameRun("a", "a better name"),
    store.saveCheckpoint("a", new Uint8Array(5), { at: { epoch: 2, step: 3 }, resumable: true }, []),
    store.saveEpoch("a", epoch(1), [row(1)]),
  ]);
  const { name, state, at, epochs, resumable } = (await store.run("a")) ?? run("gone");
  assert.deepEqual({ name, state, at, epochs, resumable },
    { name: "a better name", state: "paused", at: { epoch: 2, step: 3 }, epochs: [1], resumable: true });
});

both("a run that was deleted stays deleted, whatever its trainer still saves", async (store) => {
  await store.addRun(run("a"));
  await store.saveFile(file("x"));
  await store.deleteRun("a");
  await store.saveFile(file("y"));
  const answers = await Promise.all([
    store.updateRun("a", { state: "paused" }), store.renameRun("a", "back"),
    store.saveCheckpoint("a", new Uint8Array(5), {}, [row(1)]), store.saveEpoch("a", epoch(1), [row(1)]),
    store.endRun("a", { state: "finished" }, [row(1)]), store.thinRun("a", 1), store.saveData("a", dataOf("y")),
  ]);
  assert.deepEqual(answers, answers.map(() => null));
  assert.deepEqual([await store.runs(), await store.checkpoint("a"), await store.epoch("a", 1), await store.hasFile("y")],
    [[], null, null, false]);
});

test("a deleted run leaves no row in any table", async () => {
  const store = await openDatabase();
  await store.addRun(run("a"));
  await store.saveFile(file("x"));
  await store.saveData("a", dataOf("x"));
  await store.saveEpoch("a", epoch(1), [row(1)]);
  await store.saveCheckpoint("a", new Uint8Array(5), {}, []);
  const full = await Promise.all(TABLES.map(keysOf));
  assert.deepEqual(full.map(({ length }) => length), [1, 1, 1, 1, 2, 1, 0]);
  await store.deleteRun("a");
  assert.deepEqual(await Promise.all(TABLES.map(keysOf)), TABLES.map(() => []));
});

both("files come back as they were; those that no run uses go with the last run", async (store) => {
  for (const id of ["a", "b"]) {
    await store.addRun(run(id));
    await store.saveFile(file("x"));
    await store.saveData(id, dataOf("x"));
  }
  assert.equal((await store.run("a"))?.bytes?.data, 12);
  await store.deleteRun("a");
  const kept = await store.file("x");
  assert.equal(await kept?.images.text(), "images");
  assert.equal(await kept?.labels.text(), "labels");
  await store.deleteRun("b");
  assert.equal(await store.hasFile("x"), false);
});

test("a file of a run that is about to start survives the deletion of others, for a day", async (context) => {
  const store = await openDatabase();
  await store.addRun(run("old"));
  await store.saveFile(file("new"));
  await store.deleteRun("old");
  assert.equal(await store.hasFile("new"), true);
  context.mock.timers.enable({ apis: ["Date"], now: Date.now() + 25 * 3600 * 1000 });
  await store.deleteRun("old");
  assert.equal(await store.hasFile("new"), false);
});

both("files that went in the very moment a run began are noticed, not believed", async (store) => {
  for (const id of ["old", "new"]) await store.addRun(run(id));
  for (const key of ["x", "y"]) await store.saveFile(file(key));
  await store.saveData("old", dataOf("x", "y"));
  // The new run checks whether they exist, and then the old one is deleted.
  assert.equal(await store.hasFile("x"), true);
  await store.deleteRun("old");
  await assert.rejects(store.saveData("new", dataOf("x", "y")), { name: FILES_GONE });
  assert.equal(await store.data("new"), null);
  for (const key of ["x", "y"]) await store.saveFile(file(key));
  assert.ok(await store.saveData("new", dataOf("x", "y")));
  assert.equal(await (await store.file("y"))?.images.text(), "images");
});

both("epochs are thinned as they come: first, best, last, and every so many", async (store) => {
  await store.addRun(run("a"));
  for (let number = 1; number <= 37; number++) {
    await store.saveEpoch("a", epoch(number, 8500, number < 7 ? number : 7), [row(number)]);
  }
  const kept = (await store.run("a"))?.epochs ?? [];
  assert.deepEqual(kept, [1, 7, 8, 16, 24, 32, 37]);
  for (let number = 1; number <= 37; number++) {
    assert.equal((await store.epoch("a", number)) !== null, kept.includes(number), `epoch ${number}`);
  }
  assert.equal((await store.run("a"))?.history.length, 37);
  await store.thinRun("a", 3000);
  // The best one comes from the history.
  assert.deepEqual((await store.run("a"))?.epochs, [1, 37]);
});

both("a run taken up at an earlier place forgets what came after", async (store) => {
  await store.addRun(run("a"));
  for (const number of [1, 2, 3, 4]) await store.saveEpoch("a", epoch(number), [row(number)]);
  await store.saveEpoch("a", epoch(2), [row(2, 0.9)]);
  const { history, epochs } = (await store.run("a")) ?? run("gone");
  assert.deepEqual([history, epochs, await store.epoch("a", 3)], [[row(1), row(2, 0.9)], [1, 2], null]);
});

both("a finished run keeps neither checkpoint nor data", async (store) => {
  await store.addRun(run("a"));
  await store.saveFile(file("x"));
  await store.saveData("a", dataOf("x"));
  await store.saveCheckpoint("a", new Uint8Array(50), { resumable: true }, []);
  assert.equal((await store.run("a"))?.bytes?.checkpoint, 50);
  await store.endRun("a", { state: "finished" }, [row(1)]);
  const { state, resumable, bytes, history } = (await store.run("a")) ?? run("gone");
  assert.deepEqual({ state, resumable, bytes, history },
    { state: "finished", resumable: false, bytes: { epoch: 0, checkpoint: 0, data: 0 }, history: [row(1)] });
  assert.deepEqual([await store.checkpoint("a"), await store.data("a"), await store.hasFile("x")], [null, null, true]);
  // Until then the page could read the file again.
  await store.tidy();
  assert.equal(await store.hasFile("x"), false);
});

test("a change that fails midway leaves nothing behind, and its cause is reported", async (context) => {
  const store = await openDatabase();
  await store.addRun(run("a"));
  const put = IDBObjectStore.prototype.put;
  context.mock.method(IDBObjectStore.prototype, "put", function (this: IDBObjectStore, ...args: Parameters<typeof put>) {
    if (this.name === "epochs") throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, args);
  });
  await assert.rejects(store.saveEpoch("a", epoch(1), [row(1)]), { name: "QuotaExceededError" });
  assert.deepEqual([(await store.run("a"))?.history, (await store.run("a"))?.epochs], [[], []]);
});

test("runs of an older page are kept: histories, weights, files, and no checkpoints of finished runs", async () => {
  const request = indexedDB.deleteDatabase("patchwork");
  await new Promise((done) => (request.onsuccess = done));
  const old = await openDB("patchwork", 1, {
    upgrade(fresh) {
      for (const table of ["runs", "checkpoints", "epochs", "data", "drawings"]) fresh.createObjectStore(table);
    },
  });
  const history = [row(1, 0.5), row(2, 0.4)];
  await old.put("runs", run("paused", { state: "paused", resumable: true, history, epochs: [1, 2] }), "paused");
  await old.put("runs", run("done", { state: "finished", created: 2, history, epochs: [2] }), "done");
  for (const id of ["paused", "done"]) {
    await old.put("checkpoints", new Uint8Array(9), id);
    await old.put("epochs", { weights: new Uint8Array(1000), detail: {} }, [id, 2]);
    await old.put("data", dataOf("x", ...(id === "done" ? ["only"] : [])), ["run", id]);
  }
  for (const key of ["x", "only", "nobody's"]) await old.put("data", file(key), ["file", key]);
  await old.put("drawings", "a drawing", "last");
  old.close();

  const store = await openDatabase();
  const [done, paused] = await store.runs();
  assert.deepEqual([done?.history, paused?.history, paused?.epochs, paused?.resumable], [history, history, [1, 2], true]);
  assert.deepEqual(paused?.bytes, { epoch: 1002, checkpoint: 9, data: 12 });
  assert.deepEqual(done?.bytes, { epoch: 1002, checkpoint: 0, data: 0 });
  assert.deepEqual([await store.checkpoint("done"), await store.data("done")], [null, null]);
  assert.equal((await store.checkpoint("paused"))?.length, 9);
  assert.equal(await (await store.file("x"))?.images.text(), "images");
  assert.deepEqual([await store.hasFile("only"), await store.hasFile("nobody's")], [false, false]);
  assert.equal(await store.drawing(), "a drawing");
  assert.equal((await store.epoch("paused", 2))?.weights.length, 1000);
});

test("a database that the browser closed is opened again, and a newer one is not written to", async () => {
  const store = await openDatabase();
  await store.addRun(run("a"));
  // Another tab deletes the database: ours releases it.
  const request = indexedDB.deleteDatabase("patchwork");
  await new Promise((done) => (request.onsuccess = done));
  await store.addRun(run("b"));
  assert.deepEqual((await store.runs()).map(({ id }) => id), ["b"]);
  // A newer page has another version of it.
  const newer = await openDB("patchwork", 99);
  await assert.rejects(store.addRun(run("c")), /newer version of this page/);
  newer.close();
  const away = indexedDB.deleteDatabase("patchwork");
  await new Promise((done) => (away.onsuccess = done));
});

test("a database that opens late is waited for, and gets the data stored meanwhile", async () => {
  let open: () => void = () => undefined;
  const slow = async (): Promise<Store> => {
    await new Promise<void>((resolve) => (open = resolve));
    return openDatabase();
  };
  const store = await openStore(slow, 5);
  assert.match(JSON.stringify(store.durable), /has not opened yet/);
  await store.addRun(run("a"));
  await store.saveFile(file("x"));
  await store.saveData("a", dataOf("x"));
  await store.saveEpoch("a", epoch(1), [row(1)]);
  await store.saveCheckpoint("a", new Uint8Array(7), { resumable: true, at: { epoch: 2, step: 0 } }, []);
  await store.saveDrawing("a drawing");
  open();
  await store.opening;
  assert.deepEqual(store.durable, { ok: true });
  await store.saveEpoch("a", epoch(2), [row(2)]);
  const direct = await openDatabase();
  const { history, epochs, resumable, at, bytes } = (await direct.run("a")) ?? run("gone");
  assert.deepEqual({ history, epochs, resumable, at, bytes }, {
    history: [row(1), row(2)], epochs: [1, 2], resumable: true, at: { epoch: 2, step: 0 },
    bytes: { epoch: 1002, checkpoint: 7, data: 12 },
  });
  assert.deepEqual([(await direct.checkpoint("a"))?.length, await direct.hasFile("x"), await direct.drawing()], [7, true, "a drawing"]);
});

test("without a database, memory is used and says why; a sealed store accepts nothing", async () => {
  const store = await openStore(() => Promise.reject(new Error("refused")), 1000);
  assert.match(JSON.stringify(store.durable), /keep nothing \(refused\)/);
  await store.addRun(run("a"));
  assert.equal((await store.runs()).length, 1);
  store.seal("Everything was deleted");
  await assert.rejects(store.addRun(run("b")), /deleted/);
  assert.deepEqual(store.durable, { ok: false, reason: "Everything was deleted" });
});
