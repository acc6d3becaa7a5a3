/** The trainer's worker: each message is one call; the run goes on in between. */
import { plain, problem } from "../../client/errors.js";
import { reuseBindGroups } from "../../device/bind-groups.js";
import { watchDevices } from "../../device/lost.js";
import type { TrainerCalls } from "../../protocol/messages.js";
import { type Handlers, sayCrashed, serve } from "../serve.js";
import { createEngine, type Engine } from "./engine.js";
import { greeting, storeOf } from "./hello.js";
import { createKeeper } from "./keeper.js";
import { createOutbox } from "./outbox.js";
import { createReader, type FileReader } from "./read.js";
import { createRuns, type Runs } from "./runs.js";
import { createShelf, type Shelf } from "./shelf.js";

/** Answers until the worker ends. */
export function serveTrainer(): void {
  reuseBindGroups();
  const hello = greeting();
  const outbox = createOutbox();
  const engine = createEngine(async () => (await hello).device, (thrown) => {
    const help = "Training goes on in one, which is slower, with the same results. The next run tries them again";
    outbox.say({ type: "alone", problem: `The workers that share the steps failed (${plain(thrown).problem})`, help });
  });
  const shelf = createShelf(engine);
  const reader = createReader(engine, shelf, outbox);
  const runs = createRuns(engine, shelf, hello.then(storeOf), outbox, createKeeper(outbox));
  watchDevices((message) => {
    // A device that nobody uses any more may go.
    if (engine.device?.kind !== "gpu") return;
    const why = message === "" ? "" : ` (${message})`;
    const help = "Go on from the last checkpoint, on the CPU if it happens again";
    const error = problem("device", `The graphics device was lost${why}`, help);
    // The engine may hang now: nothing waits for it.
    void runs.fail(error).finally(() => sayCrashed(error));
  });
  serve<TrainerCalls>(handlers(engine, shelf, reader, runs));
}

function handlers(engine: Engine, shelf: Shelf, reader: FileReader, runs: Runs): Handlers<TrainerCalls> {
  /** The choice that was opened last, so that asking for it again costs nothing. */
  let choice: TrainerCalls["open"][0]["device"] | null = null;

  return {
    async open({ device }) {
      if (device === choice && engine.device !== null) return engine.device;
      const report = await engine.open(device, async (from, to) => {
        await shelf.move(from, to);
        await runs.move(from, to);
      });
      choice = device;
      await runs.moved(report);
      return report;
    },
    addFile: ({ file }) => reader.read(file),
    addBuiltin: ({ count, seed }) => engine.use((trainer) => shelf.added(trainer, trainer.add_builtin(count, seed))),
    removeFile: (input) => engine.use((trainer) => shelf.remove(trainer, input)),
    setPart: (input) => engine.use((trainer) => shelf.setPart(trainer, input)),
    setSplit: (input) => engine.use((trainer) => shelf.setSplit(trainer, input)),
    cancelReading() {
      reader.cancel();
      return null;
    },
    fileImages: ({ id, indices }) =>
      engine.use((trainer) => {
        const places = Uint32Array.from(indices);
        const side = shelf.state().files.find((file) => file.id === id)?.side ?? 0;
        return { side, pixels: trainer.file_images(id, places), labels: [...trainer.file_labels(id, places)] };
      }),
    images: ({ indices }) =>
      engine.use((trainer) => ({
        side: shelf.state().material?.side ?? 0,
        pixels: trainer.images(Uint32Array.from(indices)),
      })),
    start: (input) => runs.start(input),
    resume: ({ id }) => runs.resume(id),
    async command({ command }) {
      await runs.command(command);
      return null;
    },
    async reset() {
      await runs.leave();
      return null;
    },
    ping: () => null,
    async save() {
      await runs.save();
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
    submission: ({ id }) => engine.use((trainer) => trainer.submission(id)),
    metrics: () => engine.use((trainer) => trainer.metrics()),
    report: () => engine.use((trainer) => trainer.report(runs.record?.name ?? "run", runs.record?.preset ?? "custom")),
  };
}
