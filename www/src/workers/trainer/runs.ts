/** At most one run at a time: started, resumed, told what to do, left. */
import { failure, problem } from "../../client/errors.js";
import type { Command, PatchworkError } from "../../protocol/engine.js";
import type { DeviceReport, RunRecord, TrainerCalls } from "../../protocol/messages.js";
import type { Trainer } from "../../protocol/wasm.js";
import type { Store } from "../../store/store.js";
import type { Engine } from "./engine.js";
import type { Keeper } from "./keeper.js";
import { lockRun } from "./lock.js";
import type { Outbox } from "./outbox.js";
import { parametersIn } from "./safetensors.js";
import { hex, type Shelf } from "./shelf.js";
import { activeOf, createTraining, type Active } from "./training.js";

export interface Runs {
  start(input: TrainerCalls["start"][0]): Promise<RunRecord>;
  resume(id: string): Promise<RunRecord>;
  command(command: Command): Promise<void>;
  /** Leaves the run, which stays among the kept ones. */
  leave(): Promise<void>;
  save(): Promise<void>;
  watch(on: boolean): void;
  /** Carries the run over to another engine that has the same data. */
  move(from: Trainer, to: Trainer): Promise<void>;
  /** The run is on another device now. */
  moved(device: DeviceReport): Promise<void>;
  /** Something ended the run that is no fault of its own (a lost device). */
  fail(error: PatchworkError): Promise<void>;
  readonly record: RunRecord | null;
}

/** No run yet. */
export function createRuns(engine: Engine, shelf: Shelf, store: Promise<Store>, outbox: Outbox, keeper: Keeper): Runs {
  const training = createTraining(engine, store, outbox, keeper);
  let active: Active | null = null;
  const running = (): Active | null => (active === null || active.over ? null : active);

  const leave = async (): Promise<void> => {
    const own = running();
    if (own !== null) {
      await training.save(own);
      own.over = true;
      await training.change(own, { state: "stopped" });
      own.unlock();
    }
    if (active === null) return;
    active = null;
    await engine.use((trainer) => trainer.reset());
  };

  /** Keeps the data and the first checkpoint of a run that goes on meanwhile. */
  const keepFirst = async (own: Active, checkpoint: Uint8Array): Promise<void> => {
    own.saving = training.saveCheckpoint(own, checkpoint, own.at);
    own.dataKept = await keeper.keep(async () => shelf.keep(own.record.id, await store));
    if (own.dataKept && !own.over) await training.change(own, { resumable: own.record.at !== undefined });
  };

  const start: Runs["start"] = async ({ settings, preset, name, weights }) => {
    const { material, files } = shelf.state();
    if (material === null) throw failure(noImages);
    await leave();
    keeper.forgetCauses();
    const first = await engine.use(async (trainer) => {
      trainer.start(settings, weights ?? undefined);
      return { weights: await trainer.weights("current"), checkpoint: await trainer.checkpoint() };
    });
    const id = hex(crypto.getRandomValues(new Uint8Array(8)));
    const record: RunRecord = {
      id, name, settings, preset, created: Date.now(), parameters: parametersIn(first.weights),
      device: deviceOf(engine), data: { files, material }, history: [], state: "running", test: null, epochs: [],
      resumable: false, error: null,
    };
    const own = activeOf(record, await lockRun(id), false);
    active = own;
    await keeper.keep(async () => (await store).saveRun(record));
    training.wake(own);
    void keepFirst(own, first.checkpoint).catch((thrown: unknown) => training.fail(own, thrown));
    return record;
  };

  /** The run of a checkpoint, on the data kept beside it. */
  const takeUp = async (record: RunRecord, checkpoint: Uint8Array, unlock: () => void): Promise<Active> => {
    const kept = await store;
    const { data, rows } = await engine.use(async (trainer) => {
      const restored = await shelf.restore(trainer, record.id, kept);
      trainer.resume(checkpoint);
      return { data: restored, rows: rowsOf(trainer.metrics()) };
    });
    outbox.say({ type: "data", data });
    const history = record.history.slice(0, rows);
    return activeOf({ ...record, state: "running", error: null, device: deviceOf(engine), history }, unlock, true);
  };

  const resume: Runs["resume"] = async (id) => {
    const [record, checkpoint] = await Promise.all([(await store).run(id), (await store).checkpoint(id)]);
    if (record === null || checkpoint === null) throw failure(noCheckpoint);
    await leave();
    keeper.forgetCauses();
    const unlock = await lockRun(id);
    try {
      const own = await takeUp(record, checkpoint, unlock);
      active = own;
      await training.change(own, {});
      training.wake(own);
      return own.record;
    } catch (thrown) {
      unlock();
      throw thrown;
    }
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
      outbox.say({ type: "at", ...own.at });
      await training.change(own, { state: "paused" });
      // A person who paused is not kept waiting for the disk.
      void training.save(own).catch((thrown: unknown) => training.fail(own, thrown));
      return;
    }
    if (asked.type === "resume") await training.change(own, { state: "running" });
    training.wake(own);
  };

  return {
    start, resume, command, leave,
    async save() {
      const own = running();
      if (own !== null) await training.save(own);
    },
    watch: (on) => training.watch(on),
    async move(from, to) {
      const own = running();
      if (own === null) return;
      to.resume(await from.checkpoint());
      if (own.paused) to.command({ type: "pause" });
      from.reset();
    },
    async moved(device) {
      const own = running();
      if (own !== null) await training.change(own, { device });
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
  "data", "There are no images to learn from", "Bring a file with labels, or take the built-in digits",
);

/** Rows of a table in CSV, without its header. */
function rowsOf(csv: string): number {
  return csv.split("\n").filter((line) => line.trim() !== "").length - 1;
}

function deviceOf({ device }: Engine): DeviceReport {
  return device ?? { kind: "cpu", name: "CPU", software: false, note: "" };
}
