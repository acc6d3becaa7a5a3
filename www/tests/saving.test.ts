import assert from "node:assert/strict";
import { test } from "node:test";
import type { EpochDetail, EpochRow } from "../src/protocol/engine.js";
import type { RunRecord, TrainerEvent } from "../src/protocol/messages.js";
import { memoryStore } from "../src/store/memory.js";
import { filesGone, type Store } from "../src/store/store.js";
import { createStoreWriter } from "../src/workers/trainer/store-writer.js";
import type { MessageQueue } from "../src/workers/trainer/message-queue.js";
import { createSaving } from "../src/workers/trainer/saving.js";
import type { FileStore } from "../src/workers/trainer/file-store.js";
import { activeOf } from "../src/workers/trainer/active.js";

const row = (epoch: number): EpochRow => ({ epoch, validation_accuracy: epoch, validation_loss: 1 }) as EpochRow;
const record = {
  id: "a", created: 1, name: "a", history: [], state: "running", test: null, epochs: [], resumable: false, error: null,
} as unknown as RunRecord;
const full = (): Error => Object.assign(new Error("full"), { name: "QuotaExceededError" });

/** A run in training with a store that may be full, and the messages about it. */
function beside() {
  const said: string[] = [];
  const disk = { full: false, tries: 0 };
  const memory = memoryStore("a test");
  const store = new Proxy(memory, {
    // A store is not a promise, though `await` checks whether it is.
    get: (own, name) => name === "then" ? undefined : (...args: unknown[]) => {
      const use = own[name as keyof Store] as (...args: unknown[]) => Promise<unknown>;
      return disk.full ? Promise.reject(full()) : use(...args);
    },
  });
  const fileStore = { keep: async (id: string, kept: Store) => {
    disk.tries += 1;
    await kept.saveData(id, { files: [], split: { validation: 0, test: 0, seed: 0 } });
  } } as unknown as FileStore;
  const messages = { emit: (event: TrainerEvent) => void said.push(event.type) } as unknown as MessageQueue;
  const saving = createSaving(Promise.resolve(store), fileStore, messages, createStoreWriter(messages));
  const own = activeOf(record, () => undefined, false);
  const save = (): Promise<void> => saving.checkpoint(own, new Uint8Array(5), { epoch: 1, step: 1 });
  const epoch = (number: number): Promise<void> => saving.epoch(own, row(number), new Uint8Array(9), {} as EpochDetail);
  return { said, disk, memory, fileStore, saving, own, save, epoch };
}

test("a failure to store a run is not a deletion: it is retried, reported once, and withdrawn", async () => {
  const { said, disk, memory, saving, own, save, epoch } = beside();
  disk.full = true;
  await saving.change(own, {});
  await save();
  await epoch(1);
  await save();
  assert.deepEqual(said.filter((type) => type !== "run"), ["not-saved"]);
  assert.deepEqual([own.kept.deleted, own.record.resumable], [false, false]);
  disk.full = false;
  own.kept.retry = 0;
  await save();
  assert.deepEqual(said.filter((type) => type !== "run"), ["not-saved", "saved", "saved-again"]);
  const kept = await memory.run("a");
  assert.deepEqual([kept?.history, kept?.resumable, (await memory.checkpoint("a"))?.length], [[row(1)], true, 5]);
});

test("a checkpoint without its data is not announced, and failed data is retried after a pause", async () => {
  const { said, disk, fileStore, own, save } = beside();
  fileStore.keep = async () => {
    disk.tries += 1;
    throw full();
  };
  await save();
  await save();
  assert.deepEqual([disk.tries, own.record.resumable, said.includes("saved")], [1, false, false]);
});

test("files deleted with another run at that moment are stored again immediately", async () => {
  const { said, disk, fileStore, save } = beside();
  const keep = fileStore.keep;
  fileStore.keep = async (...args) => {
    if (disk.tries++ === 0) throw filesGone();
    await keep(...args);
  };
  await save();
  assert.deepEqual([said.includes("saved"), said.includes("not-saved")], [true, false]);
});

test("concurrent writes of epochs and checkpoints lose no epoch", async () => {
  const { memory, own, save, epoch } = beside();
  const all: Promise<void>[] = [];
  for (let number = 1; number <= 50; number++) {
    all.push(save());
    await epoch(number);
    all.push(save());
  }
  await Promise.all(all);
  assert.deepEqual((await memory.run("a"))?.history.map(({ epoch: one }) => one), own.record.history.map(({ epoch: one }) => one));
  assert.equal((await memory.run("a"))?.history.length, 50);
});

test("a run deleted elsewhere is reported once and never written again", async () => {
  const { said, memory, saving, own, save, epoch } = beside();
  await save();
  await memory.deleteRun("a");
  await epoch(1);
  await save();
  await saving.end(own, { state: "finished" });
  assert.equal(said.filter((type) => type === "deleted").length, 1);
  assert.deepEqual([await memory.runs(), await memory.checkpoint("a"), await memory.epoch("a", 1)], [[], null, null]);
});

test("an ended run keeps no checkpoint, even if one was being written", async () => {
  const { memory, saving, own, save } = beside();
  await save();
  await Promise.all([save(), saving.end(own, { state: "finished" }), save()]);
  const kept = await memory.run("a");
  assert.deepEqual([kept?.state, kept?.resumable, await memory.checkpoint("a")], ["finished", false, null]);
});
