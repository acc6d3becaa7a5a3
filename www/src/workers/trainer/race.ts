/** A race: the engine trains its contestants in turns, and each is stored as a run of its own. */
import { failure, problem } from "../../client/errors.js";
import type { Command, RaceEvent } from "../../protocol/engine.js";
import type { DeviceReport, RaceSetup, RunRecord, TrainerEvent } from "../../protocol/messages.js";
import type { Store } from "../../store/store.js";
import { reportCrash, isTrap, toPatchworkError } from "../serve.js";
import { nextTurn } from "../turns.js";
import { activeOf, type Active } from "./active.js";
import type { Engine } from "./engine.js";
import { hex, type FileStore } from "./file-store.js";
import { lockRun } from "./lock.js";
import type { MessageQueue } from "./message-queue.js";
import type { Pace } from "./pace.js";
import { createSaving } from "./saving.js";
import type { StoreWriter } from "./store-writer.js";

/** Milliseconds between two checkpoints of a contestant, and between two sets of its weights for the page. */
const CHECKPOINT_PAUSE = 30_000;
const WEIGHTS_PAUSE = 1_500;
const LEAST_WEIGHTS_PAUSE = 250;
/** Steps after which the time of one is known: contestants differ, and most steps may only be queued. */
const STEPS_TO_KNOW = 60;

export interface Races {
  start(setup: RaceSetup): Promise<DeviceReport>;
  command(command: Command): Promise<void>;
  /** Ends the race; its contestants stay among the stored runs. */
  leave(): Promise<void>;
  /** Stores where each contestant stands. */
  save(): Promise<void>;
}

/** A contestant of the race in training. */
interface Racer {
  own: Active;
  /** When its weights were last sent. */
  sent: number;
}

interface Running {
  setup: RaceSetup;
  racers: Map<number, Racer>;
  paused: boolean;
  over: boolean;
  looping: boolean;
}

/** No race yet. */
export function createRaces(
  engine: Engine, fileStore: FileStore, store: Promise<Store>, messages: MessageQueue, writer: StoreWriter, pace: Pace,
): Races {
  const saving = createSaving(store, fileStore, { ...messages, emit: aboutContestants(messages) }, writer);
  let race: Running | null = null;

  /** Stores where a contestant stands. */
  const save = async (index: number, { own }: Racer): Promise<void> => {
    own.saved = performance.now();
    const checkpoint = await engine.use((trainer) => pace.time("a checkpoint", () => trainer.race_checkpoint(index)));
    await saving.checkpoint(own, checkpoint, own.at);
  };
  const saveAll = async ({ racers }: Running): Promise<void> => {
    for (const [index, racer] of racers) if (!racer.own.over) await save(index, racer);
  };
  const sendWeights = async (index: number, racer: Racer): Promise<void> => {
    racer.sent = performance.now();
    const weights = await engine.use((trainer) => trainer.race_weights(index));
    messages.emit({ type: "race-weights", contestant: index, weights }, [weights.buffer]);
  };

  const began = async (own: Running, event: Extract<RaceEvent, { type: "began" }>): Promise<void> => {
    const { settings, parameters, contestant } = event;
    const chosen = own.setup.contestants[contestant];
    const { material, files } = fileStore.state();
    if (chosen === undefined || material === null) return;
    const id = hex(crypto.getRandomValues(new Uint8Array(8)));
    const record: RunRecord = {
      id, name: chosen.run, settings, preset: chosen.preset, created: Date.now(), parameters,
      device: deviceOf(engine), data: { files, material }, history: [], state: "running", test: null, epochs: [],
      resumable: false, error: null,
    };
    const racer: Racer = { own: activeOf(record, await lockRun(id), false), sent: -Infinity };
    own.racers.set(contestant, racer);
    messages.emit({ type: "race-run", contestant, id });
    await saving.change(racer.own, {});
    await save(contestant, racer);
  };

  const endEpoch = async (index: number, { own }: Racer, { report }: Extract<RaceEvent, { type: "epoch" }>): Promise<void> => {
    const { detail, weights } = await engine.use(async (trainer) => ({
      detail: trainer.race_detail(index), weights: await trainer.race_weights(index),
    }));
    await saving.epoch(own, report.row, weights, detail);
    await saving.change(own, { history: own.record.history });
  };

  /** A contestant has ended: its run can be resumed, unless it diverged. */
  const ended = async (index: number, racer: Racer, { error }: Extract<RaceEvent, { type: "ended" }>): Promise<void> => {
    if (error === null) {
      await save(index, racer);
      await sendWeights(index, racer);
      await saving.change(racer.own, { state: "stopped" });
    } else {
      await saving.end(racer.own, { state: "failed", error });
    }
    racer.own.over = true;
    racer.own.unlock();
  };

  /** Everybody's end, when the race was stopped. */
  const endAll = async (own: Running): Promise<void> => {
    for (const [index, racer] of own.racers) if (!racer.own.over) await ended(index, racer, { type: "ended", contestant: index, error: null });
  };

  const finish = async (own: Running): Promise<void> => {
    own.over = true;
    engine.rest();
    await endAll(own);
  };

  const follow = async (own: Running, events: RaceEvent[]): Promise<void> => {
    if (events.length > 0) messages.emit({ type: "race", events });
    for (const event of events) {
      if (event.type === "began") await began(own, event);
      if (event.type === "finished") await finish(own);
      if (!("contestant" in event)) continue;
      const racer = own.racers.get(event.contestant);
      if (racer === undefined) continue;
      if ("images" in event) racer.own.at = placeOf(racer.own.record, event.images);
      const age = performance.now() - racer.sent;
      if (event.type === "progress" && age > WEIGHTS_PAUSE) await sendWeights(event.contestant, racer);
      if (event.type === "measured" && age > LEAST_WEIGHTS_PAUSE) await sendWeights(event.contestant, racer);
      if (event.type === "epoch") await endEpoch(event.contestant, racer, event);
      if (event.type === "ended") await ended(event.contestant, racer, event);
      else if (event.type === "measured" && performance.now() - racer.own.saved > CHECKPOINT_PAUSE) await save(event.contestant, racer);
    }
  };

  const loop = async (own: Running): Promise<void> => {
    const goesOn = (): boolean => race === own && !own.over && !own.paused;
    // The answer to the call that started the race goes out first.
    await nextTurn();
    while (goesOn()) {
      const events = await engine.use((trainer) =>
        goesOn() ? pace.time("a step of the race", () => trainer.step_race(), STEPS_TO_KNOW) : null);
      if (events === null) break;
      await follow(own, events);
      await nextTurn();
    }
    own.looping = false;
  };

  const fail = async (own: Running, thrown: unknown): Promise<void> => {
    const error = toPatchworkError(thrown);
    own.over = true;
    engine.rest();
    for (const { own: one } of own.racers.values()) {
      if (one.over) continue;
      one.over = true;
      await saving.change(one, { state: "failed", error }).catch(() => undefined);
      one.unlock();
    }
    if (isTrap(thrown) || error.kind === "device") return reportCrash(error);
    messages.emit({ type: "race-failed", error });
  };

  const wake = (own: Running): void => {
    if (own.looping) return;
    own.looping = true;
    void loop(own).catch((thrown: unknown) => {
      own.looping = false;
      // A race that was left is no longer in the engine.
      return race === own ? fail(own, thrown) : undefined;
    });
  };

  const leave: Races["leave"] = async () => {
    const own = race;
    if (own === null) return;
    race = null;
    if (!own.over) await follow(own, await engine.use((trainer) => trainer.command_race({ type: "stop" })));
    await engine.use((trainer) => trainer.end_race());
  };

  return {
    leave,
    async save() {
      if (race !== null && !race.over) await saveAll(race);
    },
    async start(setup) {
      if (fileStore.state().material === null) throw failure(noImages);
      await leave();
      writer.forgetCauses();
      pace.forget();
      const contestants = setup.contestants.map(({ name, settings }) => ({ name, settings }));
      await engine.use((trainer) => trainer.start_race(contestants, setup.budget));
      race = { setup, racers: new Map(), paused: false, over: false, looping: false };
      wake(race);
      return deviceOf(engine);
    },
    async command(asked) {
      const own = race;
      if (own === null || own.over) throw failure(noRace);
      const events = await engine.use((trainer) => trainer.command_race(asked));
      if (asked.type === "pause") own.paused = true;
      if (asked.type === "resume") own.paused = false;
      await follow(own, events);
      if (own.over) return;
      if (own.paused) await saveAll(own);
      else wake(own);
    },
  };
}

/** What storing says about contestants is not about the page's own run. */
function aboutContestants({ emit }: MessageQueue): MessageQueue["emit"] {
  const others: TrainerEvent["type"][] = ["saved", "deleted"];
  return (event, transfer) => {
    if (event.type === "run") emit({ type: "race-stored" });
    else if (!others.includes(event.type)) emit(event, transfer);
  };
}

/** Where a run stands that has trained on so many images. */
function placeOf({ settings: { train }, data }: RunRecord, images: number): Active["at"] {
  const steps = Math.round(images / train.batch_size);
  const perEpoch = Math.max(1, Math.floor((data.material.train + train.builtin_digits + train.not_digits) / train.batch_size));
  return { epoch: Math.min(Math.floor(steps / perEpoch) + 1, train.epochs), step: steps % perEpoch };
}

function deviceOf({ device }: Engine): DeviceReport {
  return device ?? { kind: "cpu", name: "CPU", software: false, note: "" };
}

const noRace = problem("config", "There is no race", "Start one");
const noImages = problem("data", "There are no images to train on", "Add a file with labels, or use the built-in digits");
