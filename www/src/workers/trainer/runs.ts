/** The run: started or resumed, stepped in a loop, followed and kept. */
import { failure, problem } from "../../client/errors.js";
import type { Command, Event, PatchworkError, Progress } from "../../protocol/engine.js";
import type { DeviceReport, RunRecord, TrainerCalls } from "../../protocol/messages.js";
import type { Trainer } from "../../protocol/wasm.js";
import type { Store } from "../../store/store.js";
import { isTrap, sayCrashed, told } from "../serve.js";
import { nextTurn } from "../turns.js";
import type { Engine } from "./engine.js";
import type { Keeper } from "./keeper.js";
import { lockRun } from "./lock.js";
import type { Outbox } from "./outbox.js";
import { parametersIn } from "./safetensors.js";
import { hex, type Shelf } from "./shelf.js";

/** Milliseconds between two checkpoints, and between two sets of live weights. */
const CHECKPOINT_PAUSE = 30_000;
const LIVE_PAUSE = 2_000;
/** How long after its first victim a lost device may speak. */
const LOSS_PAUSE = 200;

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

/** What a run in training needs beside its record. */
interface Active {
  record: RunRecord;
  unlock: () => void;
  paused: boolean;
  singleSteps: number;
  over: boolean;
  looping: boolean;
  /** Whether the data is kept, without which a checkpoint is of no use. */
  dataKept: boolean;
  /** Where the run is now. */
  at: { epoch: number; step: number };
  saved: number;
  saving: Promise<void>;
  shown: number;
  /** The last change of a run that failed. */
  ending: Promise<void>;
  /** Deleted by the person while it went on: it is not kept again. */
  deleted: boolean;
}

/** No run yet. */
export function createRuns(engine: Engine, shelf: Shelf, store: Promise<Store>, outbox: Outbox, keeper: Keeper): Runs {
  let active: Active | null = null;
  let watched = false;

  const begin = (record: RunRecord, unlock: () => void, dataKept: boolean): Active => ({
    record, unlock, dataKept, paused: false, singleSteps: 0, over: false, looping: false, at: record.at ?? { epoch: 1, step: 0 },
    saved: performance.now(), saving: Promise.resolve(), shown: 0, ending: Promise.resolve(), deleted: false,
  });

  /** Changes the record; tells the page and the store. */
  const change = async (own: Active, changes: Partial<RunRecord>): Promise<void> => {
    own.record = { ...own.record, ...changes };
    const kept = await (await store).run(own.record.id).catch(() => own.record);
    // The page may have renamed or deleted it meanwhile.
    if (kept === null) own.deleted = true;
    else own.record = { ...own.record, name: kept.name };
    if (!own.deleted) await keeper.keep(async () => (await store).saveRun(own.record));
    outbox.say({ type: "run", run: own.record });
  };

  const saveOnce = async (own: Active): Promise<void> => {
    own.saved = performance.now();
    let { at } = own;
    const checkpoint = await engine.use((trainer) => {
      ({ at } = own);
      return active === own ? trainer.checkpoint() : null;
    });
    if (checkpoint !== null) await saveCheckpoint(own, checkpoint, at);
  };
  const saveCheckpoint = async (own: Active, checkpoint: Uint8Array, at: Active["at"]): Promise<void> => {
    if (own.deleted) return;
    const kept = await keeper.keep(async () => (await store).saveCheckpoint(own.record.id, checkpoint));
    if (!kept) return;
    await change(own, { at, resumable: own.dataKept });
    outbox.say({ type: "saved", at: Date.now() });
  };
  const save = (own: Active): Promise<void> => {
    // One after the other: what is asked for now must hold what is done by now.
    own.saving = own.saving.catch(() => undefined).then(() => saveOnce(own));
    return own.saving;
  };

  const endEpoch = async (own: Active, event: Extract<Event, { type: "epoch" }>): Promise<void> => {
    const { row } = event;
    const { epochs } = own.record.settings.train;
    own.at = { epoch: Math.min(row.epoch + 1, epochs), step: row.epoch === epochs ? own.at.step : 0 };
    const detail = await engine.use((trainer) => trainer.detail());
    const weights = await engine.use((trainer) => trainer.weights("current"));
    const history = [...own.record.history.filter(({ epoch }) => epoch < row.epoch), row];
    let { epochs: kept } = own.record;
    if (detail !== undefined) {
      const ok = !own.deleted && (await keeper.keep(async () => (await store).saveEpoch(own.record.id, row.epoch, weights, detail)));
      if (ok) kept = [...kept.filter((epoch) => epoch < row.epoch), row.epoch];
      outbox.say({ type: "epoch", detail, weights }, [weights.buffer]);
    }
    await change(own, { history, epochs: kept });
    own.shown = performance.now();
    await save(own);
  };

  const finish = async (own: Active, reason: Extract<Event, { type: "finished" }>["reason"]): Promise<void> => {
    own.over = true;
    const stopped = reason === "stopped";
    if (stopped) await save(own);
    await change(own, { state: stopped ? "stopped" : "finished", resumable: stopped && own.record.resumable });
    own.unlock();
  };

  const follow = async (own: Active, events: Event[]): Promise<void> => {
    outbox.session(events);
    for (const event of events) {
      if (event.type === "progress") own.at = positionOf(event);
      if (event.type === "epoch") await endEpoch(own, event);
      if (event.type === "tested") await change(own, { test: { loss: event.loss, accuracy: event.accuracy, confusion: event.confusion } });
      if (event.type === "finished") await finish(own, event.reason);
    }
  };

  const show = async (own: Active): Promise<void> => {
    own.shown = performance.now();
    const weights = await engine.use((trainer) => (active === own ? trainer.weights("current") : null));
    if (weights !== null) outbox.say({ type: "live", weights, ...own.at }, [weights.buffer]);
  };

  const loop = async (own: Active): Promise<void> => {
    const goesOn = (): boolean => active === own && !own.over && (!own.paused || own.singleSteps > 0);
    // The answer to whoever started the run goes out first.
    await nextTurn();
    while (goesOn()) {
      const events = await engine.use((trainer) => (goesOn() ? trainer.step() : null));
      if (events === null) break;
      own.singleSteps = Math.max(0, own.singleSteps - 1);
      // Not every step is read.
      if (events.length === 0) own.at = { ...own.at, step: own.at.step + 1 };
      await follow(own, events);
      if (own.over) break;
      if (watched && performance.now() - own.shown > LIVE_PAUSE) await show(own);
      if (performance.now() - own.saved > CHECKPOINT_PAUSE) await save(own);
      await nextTurn();
    }
    outbox.flush();
  };

  const wake = (own: Active): void => {
    if (own.looping) return;
    own.looping = true;
    void loop(own)
      .catch((thrown: unknown) => failed(own, thrown))
      .finally(() => (own.looping = false));
  };

  const failed = async (own: Active, thrown: unknown): Promise<void> => {
    const error = told(thrown);
    const dead = isTrap(thrown) || error.kind === "device";
    // A lost device says so itself, more clearly than whoever was using it.
    if (error.kind === "device") await new Promise((resolve) => setTimeout(resolve, LOSS_PAUSE));
    await end(own, error);
    if (dead) return sayCrashed(own.record.error ?? error);
    const { resumable, device } = own.record;
    outbox.say({ type: "failed", error, device: device.kind, resumable });
  };

  const end = (own: Active, error: PatchworkError): Promise<void> => {
    if (own.over) return own.ending;
    own.over = true;
    outbox.flush();
    // The same steps would diverge again.
    const resumable = own.record.resumable && error.kind !== "diverged";
    own.ending = change(own, { state: "failed", error, resumable }).then(own.unlock);
    return own.ending;
  };

  const leave = async (): Promise<void> => {
    const own = active;
    if (own === null) return;
    if (!own.over) {
      await save(own);
      own.over = true;
      await change(own, { state: "stopped" });
      own.unlock();
    }
    active = null;
    await engine.use((trainer) => trainer.reset());
  };

  /** Keeps the data and the first checkpoint of a run that goes on meanwhile. */
  const keepFirst = async (own: Active, checkpoint: Uint8Array): Promise<void> => {
    own.saving = saveCheckpoint(own, checkpoint, own.at);
    own.dataKept = await keeper.keep(async () => shelf.keep(own.record.id, await store));
    if (own.dataKept && !own.over) await change(own, { resumable: own.record.at !== undefined });
  };

  return {
    async start({ settings, preset, name, weights }) {
      const { material, files } = shelf.state();
      if (material === null) {
        throw failure(problem("data", "There are no images to learn from", "Bring a file with labels, or take the built-in digits"));
      }
      await leave();
      keeper.forgetCauses();
      const first = await engine.use(async (trainer) => {
        trainer.start(settings, weights ?? undefined);
        return { weights: await trainer.weights("current"), checkpoint: await trainer.checkpoint() };
      });
      const id = hex(crypto.getRandomValues(new Uint8Array(8)));
      const unlock = await lockRun(id);
      const record: RunRecord = {
        id, name, settings, preset, created: Date.now(), parameters: parametersIn(first.weights), device: deviceOf(engine),
        data: { files, material }, history: [], state: "running", test: null, epochs: [], resumable: false, error: null,
      };
      const own = begin(record, unlock, false);
      active = own;
      await keeper.keep(async () => (await store).saveRun(record));
      wake(own);
      void keepFirst(own, first.checkpoint).catch((thrown: unknown) => failed(own, thrown));
      return record;
    },

    async resume(id) {
      const [record, checkpoint] = await Promise.all([(await store).run(id), (await store).checkpoint(id)]);
      if (record === null || checkpoint === null) {
        throw failure(problem("file", "No checkpoint of this run is kept", "Start a new run"));
      }
      await leave();
      keeper.forgetCauses();
      const unlock = await lockRun(id);
      try {
        const kept = await store;
        const [data, rows] = await engine.use(async (trainer) => {
          const restored = await shelf.restore(trainer, id, kept);
          trainer.resume(checkpoint);
          return [restored, rowsOf(trainer.metrics())] as const;
        });
        outbox.say({ type: "data", data });
        const own = begin(
          { ...record, state: "running", error: null, device: deviceOf(engine), history: record.history.slice(0, rows) },
          unlock, true,
        );
        active = own;
        await change(own, {});
        wake(own);
        return own.record;
      } catch (thrown) {
        unlock();
        throw thrown;
      }
    },

    async command(command) {
      const own = active;
      if (own === null || own.over) throw failure(problem("config", "There is no run", "Start one, or resume a kept one"));
      const events = await engine.use((trainer) => trainer.command(command));
      if (command.type === "step-once" && own.paused) own.singleSteps += 1;
      if (command.type === "pause") own.paused = true;
      if (command.type === "resume") own.paused = false;
      await follow(own, events);
      if (own.over) return;
      if (command.type === "pause") {
        await change(own, { state: "paused" });
        // A person who paused is not kept waiting for the disk.
        void save(own).catch((thrown: unknown) => failed(own, thrown));
      } else {
        if (command.type === "resume") await change(own, { state: "running" });
        wake(own);
      }
    },

    leave,
    async save() {
      if (active !== null && !active.over) await save(active);
    },
    watch(on) {
      watched = on;
    },
    async move(from, to) {
      if (active === null || active.over) return;
      const checkpoint = await from.checkpoint();
      to.resume(checkpoint);
      if (active.paused) to.command({ type: "pause" });
      from.reset();
    },
    async moved(device) {
      if (active !== null && !active.over) await change(active, { device });
    },
    async fail(error) {
      if (active !== null) await end(active, error);
    },
    get record() {
      return active?.record ?? null;
    },
  };
}

function positionOf({ epoch, step }: Progress): { epoch: number; step: number } {
  return { epoch, step };
}

/** Rows of a table in CSV, without its header. */
function rowsOf(csv: string): number {
  return csv.split("\n").filter((line) => line.trim() !== "").length - 1;
}

function deviceOf({ device }: Engine): DeviceReport {
  return device ?? { kind: "cpu", name: "CPU", software: false, note: "" };
}
