/** The trainer's worker: each message is one call; the run continues in between. */
import { plain, problem } from "../../client/errors.js";
import { reuseBindGroups } from "../../device/bind-groups.js";
import { watchDevices } from "../../device/lost.js";
import type { TrainerCalls } from "../../protocol/messages.js";
import { type Handlers, reportCrash, serve } from "../serve.js";
import { WORKER } from "./worker-pool.js";
import { createEngine, type Engine } from "./engine.js";
import { greeting, storeOf } from "./hello.js";
import { createStoreWriter } from "./store-writer.js";
import { module } from "./module.js";
import { createMessageQueue } from "./message-queue.js";
import { createPace, type Pace } from "./pace.js";
import { createPredicting, type Predict } from "./predicting.js";
import { createSourceReader, type SourceReader } from "./read.js";
import { createRaces, type Races } from "./race.js";
import { createRuns, type Runs } from "./runs.js";
import { createFileStore, type FileStore } from "./file-store.js";
import { workersFrom } from "./step-workers.js";

/** Serves calls until the worker ends. */
export function serveTrainer(): void {
  reuseBindGroups();
  const hello = greeting();
  const messages = createMessageQueue();
  let start: ReturnType<typeof workersFrom> | null = null;
  void hello.then(({ workers }) => (start = workersFrom(workers)));
  const pace = createPace((late) => {
    messages.emit({ type: "late", late: late.map((one) => ({ ...one, shared: one.what.startsWith(WORKER) })) });
  });
  const engine = createEngine(async () => (await hello).device, {
    pace,
    startWorker() {
      if (start === null) throw new Error("the page has not said where they come from");
      return start(module.compiled().then((compiled) => ({ compiled })));
    },
    alone(thrown) {
      const help = "Training continues in one, which is slower, with the same results. The next run tries them again";
      messages.emit({ type: "alone", problem: `The workers that share the steps failed (${plain(thrown).problem})`, help });
    },
  });
  const fileStore = createFileStore(engine);
  const store = hello.then(storeOf);
  const reader = createSourceReader(engine, fileStore, store, messages);
  const writer = createStoreWriter(messages);
  const runs = createRuns(engine, fileStore, store, messages, writer, pace);
  const races = createRaces(engine, fileStore, store, messages, writer, pace);
  watchDevices((message) => {
    const why = message === "" ? "The graphics device was lost" : `The graphics device was lost (${message})`;
    if (!engine.lose()) {
      const unharmed = "Nothing is lost: the CPU was in use";
      return messages.emit({ type: "device-lost", problem: why, help: unharmed });
    }
    const error = problem("device", why, "Continue from the last checkpoint, on the CPU if it happens again");
    // The engine may hang now: do not wait for it.
    void runs.fail(error).finally(() => reportCrash(error));
  });
  serve<TrainerCalls>(handlers(engine, fileStore, reader, runs, races, pace, createPredicting(engine, messages)));
}

function handlers(
  engine: Engine, fileStore: FileStore, reader: SourceReader, runs: Runs, races: Races, pace: Pace, predict: Predict,
): Handlers<TrainerCalls> {
  /** The choice that was opened last, so that asking for it again costs nothing. */
  let choice: TrainerCalls["open"][0]["device"] | null = null;

  return {
    async open({ device }) {
      if (device === choice && engine.device !== null) return engine.device;
      // Only a run can move to another device.
      await races.leave();
      const report = await engine.open(device, async (from, to) => {
        await fileStore.move(from, to);
        await runs.move(from, to);
      });
      choice = device;
      pace.forget();
      await runs.moved(report);
      return report;
    },
    data: () => fileStore.state(),
    addFile: (input) => reader.read(input),
    addAgain: (input) => reader.readAgain(input),
    addBuiltin: ({ count, seed }) =>
      engine.use((trainer) =>
        fileStore.add(trainer, { type: "builtin", count, seed }, () => trainer.add_builtin(count, seed))),
    removeFile: (input) => engine.use((trainer) => fileStore.remove(trainer, input)),
    setPart: (input) => engine.use((trainer) => fileStore.setPart(trainer, input)),
    pair: (input) => engine.use((trainer) => fileStore.pair(trainer, input)),
    correct: (input) => engine.use((trainer) => fileStore.correct(trainer, input)),
    orient: (input) => engine.use((trainer) => fileStore.orient(trainer, input)),
    checkOrientation: (input) => engine.use((trainer) => fileStore.checkOrientation(trainer, input)),
    setSplit: (input) => engine.use((trainer) => fileStore.setSplit(trainer, input)),
    cancelReading() {
      reader.cancel();
      return null;
    },
    fileImages: ({ id, indices }) =>
      engine.use((trainer) => {
        const places = Uint32Array.from(indices);
        const side = fileStore.state().files.find((file) => file.id === id)?.side ?? 0;
        return { side, pixels: trainer.file_images(id, places), labels: [...trainer.file_labels(id, places)] };
      }),
    images: ({ indices }) =>
      engine.use((trainer) => ({
        side: fileStore.state().material?.side ?? 0,
        pixels: trainer.images(Uint32Array.from(indices)),
      })),
    async start(input) {
      await races.leave();
      return runs.start(input);
    },
    async resume({ id }) {
      // The run brings its own data.
      reader.cancel();
      await races.leave();
      return runs.resume(id);
    },
    async startRace(input) {
      await runs.leave();
      return races.start(input);
    },
    async commandRace({ command }) {
      await races.command(command);
      return null;
    },
    async command({ command }) {
      await runs.command(command);
      return null;
    },
    async reset() {
      await runs.leave();
      return null;
    },
    ping: () => null,
    giveUp() {
      engine.giveUp();
      return null;
    },
    async save() {
      await runs.save();
      await races.save();
      return null;
    },
    keepAsNew: () => runs.keepAsNew(),
    limit({ most }) {
      runs.limit(most);
      return null;
    },
    watch({ on }) {
      runs.watch(on);
      return null;
    },
    weights: ({ which }) => engine.use((trainer) => trainer.weights(which)),
    predict,
    metrics: () => engine.use((trainer) => trainer.metrics()),
    report: () => engine.use((trainer) => trainer.report(runs.record?.name ?? "run", runs.record?.preset ?? "custom")),
  };
}
