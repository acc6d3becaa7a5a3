/** The race in the trainer's worker, with an engine that is played: what the page hears, and what is stored. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command, EpochReport, RaceEvent, RunSettings } from "../src/protocol/engine.js";
import type { RaceSetup, TrainerEvent } from "../src/protocol/messages.js";
import type { Trainer } from "../src/protocol/wasm.js";
import { memoryStore } from "../src/store/memory.js";
import type { Store } from "../src/store/store.js";
import type { Engine } from "../src/workers/trainer/engine.js";
import type { FileStore } from "../src/workers/trainer/file-store.js";
import type { MessageQueue } from "../src/workers/trainer/message-queue.js";
import { createPace } from "../src/workers/trainer/pace.js";
import { createStoreWriter } from "../src/workers/trainer/store-writer.js";

// Only browsers have one, with locks.
Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
// An open port would keep the test running.
class Channel {
  port1: { onmessage: (() => void) | null } = { onmessage: null };
  port2 = { postMessage: () => void setImmediate(() => this.port1.onmessage?.()) };
}
Object.defineProperty(globalThis, "MessageChannel", { value: Channel, configurable: true });
const { createRaces } = await import("../src/workers/trainer/race.js");

const settings = { train: { batch_size: 10, builtin_digits: 0, not_digits: 0, epochs: 3 }, model: {} } as unknown as RunSettings;
const setup: RaceSetup = {
  contestants: ["tiny", "cnn"].map((name) => ({ name, preset: name, run: `${name} in a race`, settings })), budget: { type: "images", images: 100 },
};
const began = (contestant: number): RaceEvent => ({ type: "began", contestant, settings, parameters: 7 });
const measured = (contestant: number, images: number): RaceEvent =>
  ({ type: "measured", contestant, seconds: 1, images, loss: 1, accuracy: 0.5, measured: 5 });
const epoch = (contestant: number, number: number): RaceEvent =>
  ({ type: "epoch", contestant, report: { row: { epoch: number, validation_accuracy: 0.5, validation_loss: 1 }, best: true } as EpochReport });
const finished: RaceEvent = { type: "finished", reason: "completed", ranking: [1, 0] };

/** A race whose steps give these events, one list after the other, and then nothing. */
function playing(steps: (RaceEvent[] | Error)[]) {
  const heard: TrainerEvent[] = [];
  const calls: string[] = [];
  const trainer = {
    start_race: () => void calls.push("start"),
    end_race: () => void calls.push("end"),
    command_race: ({ type }: Command): RaceEvent[] =>
      type === "stop" ? [{ type: "finished", reason: "stopped", ranking: [0] }] : [{ type: type === "pause" ? "paused" : "resumed" }],
    async step_race(): Promise<RaceEvent[]> {
      calls.push("step");
      const next = steps.shift() ?? [];
      if (next instanceof Error) throw next;
      return next;
    },
    race_checkpoint: async () => new Uint8Array(4),
    race_weights: async () => new Uint8Array(3),
    race_detail: () => ({ epoch: 1 }),
  } as unknown as Trainer;
  const engine = { use: async (work: (trainer: Trainer) => unknown) => work(trainer), rest: () => undefined, device: null } as unknown as Engine;
  const memory = memoryStore("a test");
  const fileStore = {
    state: () => ({ material: { train: 30 }, files: [] }),
    keep: async (id: string, kept: Store) => void (await kept.saveData(id, { files: [], split: { validation: 0, test: 0, seed: 0 } })),
  } as unknown as FileStore;
  const messages: MessageQueue = { emit: (event) => void heard.push(event), session: () => undefined, flush: () => undefined };
  const races = createRaces(engine, fileStore, Promise.resolve(memory), messages, createStoreWriter(messages), createPace(() => undefined));
  return { races, heard, calls, memory };
}

/** Waits until something is true. */
async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (what()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.fail("it never happened");
}

const ofType = (heard: TrainerEvent[], type: TrainerEvent["type"]): TrainerEvent[] => heard.filter((event) => event.type === type);
const over = (heard: TrainerEvent[]): boolean =>
  heard.some((event) => event.type === "race" && event.events.some(({ type }) => type === "finished"));

test("each contestant of a race is stored as a run that can be resumed", async () => {
  const end = (contestant: number): RaceEvent => ({ type: "ended", contestant, error: null });
  const { races, heard, memory } = playing([
    [began(0)], [began(1)], [epoch(0, 1), measured(0, 40)], [measured(1, 20)], [measured(0, 90), end(0)], [measured(1, 90), end(1), finished],
  ]);
  await races.start(setup);
  await until(() => over(heard) && ofType(heard, "race-weights").length >= 2);
  await until(() => ofType(heard, "race-run").length === 2);
  const stopped = async (): Promise<boolean> => (await memory.runs()).every(({ state }) => state === "stopped");
  for (let tries = 0; !(await stopped()) && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 1));
  const runs = await memory.runs();
  assert.deepEqual(runs.map(({ name }) => name).sort(), ["cnn in a race", "tiny in a race"]);
  assert.ok(runs.every(({ state, resumable, parameters }) => state === "stopped" && resumable && parameters === 7));
  const tiny = runs.find(({ name }) => name === "tiny in a race");
  // 90 images are 9 steps, 3 in each epoch: all three are done.
  assert.deepEqual([tiny?.history.length, tiny?.epochs, tiny?.at], [1, [1], { epoch: 3, step: 0 }]);
  assert.equal(ofType(heard, "run").length, 0, "the page's own run is another one");
});

test("a pause stores everybody, and a stop ends everybody", async () => {
  const { races, heard, calls, memory } = playing([[began(0)], [began(1)], [measured(0, 10)]]);
  await races.start(setup);
  await until(() => ofType(heard, "race-weights").length > 0);
  await races.command({ type: "pause" });
  const steps = calls.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(calls.length <= steps + 1, "a paused race takes no steps");
  assert.ok((await memory.runs()).every(({ resumable }) => resumable));
  await races.command({ type: "resume" });
  await until(() => calls.length > steps + 2);
  await races.command({ type: "stop" });
  assert.ok((await memory.runs()).every(({ state }) => state === "stopped"));
  await assert.rejects(races.command({ type: "pause" }), /no race/i);
  await races.leave();
  assert.equal(calls.at(-1), "end");
});

test("a contestant that diverged is kept as failed, a race that fails says so", async () => {
  const error = { kind: "diverged" as const, place: { file: null, row: null, column: null }, problem: "NaN", help: "" };
  const broken = Object.assign(new Error("broken"), { kind: "data", place: { file: null, row: null, column: null }, problem: "broken", help: "" });
  const { races, heard, memory } = playing([[began(0)], [began(1)], [{ type: "ended", contestant: 0, error }], broken]);
  await races.start(setup);
  await until(() => ofType(heard, "race-failed").length === 1);
  const runs = await memory.runs();
  assert.ok(runs.every(({ state }) => state === "failed"));
  assert.deepEqual(runs.map(({ resumable }) => resumable).sort(), [false, true]);
});
