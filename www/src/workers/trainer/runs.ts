/** At most one run at a time: starting, resuming, controlling and leaving it. */
import { failure, problem } from "../../client/errors.js";
import type { Command, PatchworkError } from "../../protocol/engine.js";
import type { DeviceReport, RunRecord, Taught, TrainerCalls } from "../../protocol/messages.js";
import type { Trainer } from "../../protocol/wasm.js";
import type { Store } from "../../store/store.js";
import { activeOf, type Active } from "./active.js";
import type { Engine } from "./engine.js";
import type { StoreWriter } from "./store-writer.js";
import { lockRun } from "./lock.js";
import type { MessageQueue } from "./message-queue.js";
import type { Pace } from "./pace.js";
import { parametersIn } from "./safetensors.js";
import { hex, type FileStore } from "./file-store.js";
import { createSaving, keptOf, told } from "./saving.js";
import { createTraining } from "./training.js";

export interface Runs {
  start(input: TrainerCalls["start"][0]): Promise<RunRecord>;
  resume(id: string): Promise<RunRecord>;
  command(command: Command): Promise<void>;
  /** Leaves the run, which stays among the stored ones. */
  leave(): Promise<void>;
  /** Saves the current state of the run, and retries what could not be stored. */
  save(): Promise<void>;
  /** Stores a run that was deleted in another tab as a new one. */
  keepAsNew(): Promise<RunRecord>;
  /** Sets the most bytes for the epochs of a run. */
  limit(most: number): void;
  watch(on: boolean): void;
  /** Moves the run to another engine that has the same data. */
  move(from: Trainer, to: Trainer): Promise<void>;
  /** The run is now on another device. */
  moved(device: DeviceReport): Promise<void>;
  /** Ends the run for an external reason (a lost device). */
  fail(error: PatchworkError): Promise<void>;
  readonly record: RunRecord | null;
}

/** No run yet. */
export function createRuns(
  engine: Engine, fileStore: FileStore, store: Promise<Store>, messages: MessageQueue, writer: StoreWriter, pace: Pace,
): Runs {
  const saving = createSaving(store, fileStore, messages, writer);
  const training = createTraining(engine, messages, saving, pace);
  let active: Active | null = null;
  const running = (): Active | null => (active === null || active.over ? null : active);

  const leave = async (): Promise<void> => {
    const own = running();
    if (own !== null) {
      await training.save(own);
      own.over = true;
      engine.rest();
      await saving.change(own, { state: "stopped" });
      own.unlock();
    }
    if (active === null) return;
    active = null;
    await engine.use((trainer) => trainer.reset());
  };

  const start: Runs["start"] = async ({ settings, preset, name, weights, teacher }) => {
    const { material, files } = fileStore.state();
    if (material === null) throw failure(noImages);
    await leave();
    writer.forgetCauses();
    pace.forget();
    const first = await engine.use(async (trainer) => {
      trainer.start(settings, weights ?? undefined);
      const accuracy = teacher && (await taught(trainer, teacher));
      return { weights: await trainer.weights("current"), checkpoint: await trainer.checkpoint(), accuracy };
    });
    const id = newId();
    const record: RunRecord = {
      id, name, settings, preset, created: Date.now(), parameters: parametersIn(first.weights),
      device: deviceOf(engine), data: { files, material }, history: [], state: "running", test: null, epochs: [],
      resumable: false, error: null,
      ...(teacher && first.accuracy !== null ? { teacher: { ...teacher, accuracy: first.accuracy } } : {}),
    };
    const own = activeOf(record, await lockRun(id), false);
    active = own;
    await saving.change(own, {});
    training.wake(own);
    own.saving = saving.checkpoint(own, first.checkpoint, own.at);
    void own.saving.catch((thrown: unknown) => training.fail(own, thrown));
    return told(own.record);
  };

  /** Resumes the run of a checkpoint, on the data stored beside it. */
  const takeUp = async (record: RunRecord, checkpoint: Uint8Array, unlock: () => void): Promise<Active> => {
    const kept = await store;
    const { data, rows } = await engine.use(async (trainer) => {
      const restored = await fileStore.restore(trainer, record.id, kept);
      trainer.resume(checkpoint);
      if (record.teacher?.weights) trainer.teach(record.teacher.weights);
      return { data: restored, rows: rowsOf(trainer.metrics()) };
    });
    messages.emit({ type: "data", data });
    const history = record.history.slice(0, rows);
    return activeOf({ ...record, state: "running", error: null, device: deviceOf(engine), history }, unlock, true);
  };

  const resume: Runs["resume"] = async (id) => {
    // Two tabs that swap runs must not end with none: lock this one before leaving the current one.
    if (running()?.record.id === id) await leave();
    const unlock = await lockRun(id);
    try {
      const [record, checkpoint] = await Promise.all([(await store).run(id), (await store).checkpoint(id)]);
      if (record === null || checkpoint === null) throw failure(noCheckpoint);
      await leave();
      writer.forgetCauses();
      pace.forget();
      const own = await takeUp(record, checkpoint, unlock);
      active = own;
      await saving.change(own, {});
      training.wake(own);
      return told(own.record);
    } catch (thrown) {
      unlock();
      throw thrown;
    }
  };

  /** Stores a run that has ended and could not be stored then. */
  const keepLate = async (own: Active): Promise<void> => {
    const { state, history, epochs } = own.record;
    const row = history.at(-1);
    if (own.kept.run && (row === undefined || epochs.includes(row.epoch))) return;
    const { detail, weights } = await engine.use(async (trainer) => ({
      detail: trainer.detail(), weights: await trainer.weights("current"),
    }));
    if (row && state === "finished" && !epochs.includes(row.epoch)) await saving.epoch(own, row, weights, detail);
    if (state === "finished") await saving.end(own, { state });
    else await saving.change(own, { state });
  };

  const save = async (): Promise<void> => {
    if (active === null) return;
    const { over, kept, record } = active;
    kept.retry = 0;
    if (!over) return training.save(active);
    if (record.state !== "stopped") return keepLate(active);
    // It no longer changes.
    if (!kept.run || !kept.data) await training.save(active);
  };

  const keepAsNew: Runs["keepAsNew"] = async () => {
    if (active === null) throw failure(noRun);
    const own = active;
    const id = newId();
    const unlock = await lockRun(id);
    own.unlock();
    own.unlock = own.over ? () => undefined : unlock;
    const { at: _at, bytes: _bytes, ...record } = own.record;
    own.record = { ...record, id, created: Date.now(), epochs: [] };
    own.kept = keptOf(null);
    await save();
    if (own.over) unlock();
    return told(own.record);
  };

  const command: Runs["command"] = async (asked) => {
    const own = running();
    if (own === null) throw failure(noRun);
    const events = await engine.use((trainer) => trainer.command(asked));
    if (asked.type === "step-once" && own.paused) own.singleSteps += 1;
    if (asked.type === "pause") own.paused = true;
    if (asked.type === "resume") own.paused = false;
    await training.follow(own, events);
    if (own.over) return;
    if (asked.type === "pause") {
      messages.emit({ type: "at", ...own.at });
      await saving.change(own, { state: "paused" });
      // A user who paused does not wait for the disk.
      void training.save(own).catch((thrown: unknown) => training.fail(own, thrown));
      return;
    }
    if (asked.type === "resume") await saving.change(own, { state: "running" });
    training.wake(own);
  };

  return {
    start, resume, command, leave, save, keepAsNew,
    limit: (most) => saving.limit(most),
    watch: (on) => training.watch(on),
    async move(from, to) {
      const own = running();
      if (own === null) return;
      to.resume(await from.checkpoint());
      if (own.record.teacher?.weights) to.teach(own.record.teacher.weights);
      if (own.paused) to.command({ type: "pause" });
      from.reset();
    },
    async moved(device) {
      const own = running();
      if (own !== null) await saving.change(own, { device });
    },
    async fail(error) {
      if (active !== null) await training.end(active, error);
    },
    get record() {
      return active?.record ?? null;
    },
  };
}

const noRun = problem("config", "There is no run", "Start one, or resume a kept one");
const noCheckpoint = problem("file", "No checkpoint of this run is kept", "Start a new run");
const noImages = problem(
  "data", "There are no images to train on", "Add a file with labels, or use the built-in digits",
);

/** Has a run that was just started learn from a teacher; gives the teacher's accuracy. A run that cannot is discarded. */
async function taught(trainer: Trainer, { weights }: Taught): Promise<number> {
  try {
    trainer.teach(weights);
    return await trainer.judge_teacher(weights);
  } catch (thrown) {
    trainer.reset();
    throw thrown;
  }
}

function newId(): string {
  return hex(crypto.getRandomValues(new Uint8Array(8)));
}

/** The number of rows of a CSV table, without its header. */
function rowsOf(csv: string): number {
  return csv.split("\n").filter((line) => line.trim() !== "").length - 1;
}

function deviceOf({ device }: Engine): DeviceReport {
  return device ?? { kind: "cpu", name: "CPU", software: false, note: "" };
}
