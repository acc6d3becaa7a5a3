/** A run in training: the loop of steps, events for the page, and saving. */
import type { Event, PatchworkError } from "../../protocol/engine.js";
import type { TrainerEvent } from "../../protocol/messages.js";
import { isTrap, reportCrash, toPatchworkError } from "../serve.js";
import { nextTurn } from "../turns.js";
import type { Active } from "./active.js";
import type { Engine } from "./engine.js";
import type { MessageQueue } from "./message-queue.js";
import type { Pace } from "./pace.js";
import type { Saving } from "./saving.js";

/** Milliseconds between two checkpoints, and between two sets of live weights. */
const CHECKPOINT_PAUSE = 30_000;
const LIVE_PAUSE = 2_000;
/** Milliseconds between two epochs sent to the page. */
const EPOCH_PAUSE = 150;
/** Steps between two reads for timing, for runs that read more often. */
const FEWEST_READ = 10;
/** Milliseconds that a lost device may take to report itself after the first error it caused. */
const LOSS_PAUSE = 200;

export interface Training {
  /** Starts the loop, if it is not running. */
  wake(own: Active): void;
  /** Handles the events of the session. */
  follow(own: Active, events: Event[]): Promise<void>;
  /** Makes and stores a checkpoint. */
  save(own: Active): Promise<void>;
  /** Ends a run with an error. */
  end(own: Active, error: PatchworkError): Promise<void>;
  /** Ends a run with anything thrown, and the worker if it can no longer be used. */
  fail(own: Active, thrown: unknown): Promise<void>;
  /** Sets whether someone is watching. */
  watch(on: boolean): void;
}

/** Training on an engine. */
export function createTraining(engine: Engine, messages: MessageQueue, saving: Saving, pace: Pace): Training {
  let watched = false;
  const weightsNow = (): Promise<Uint8Array> =>
    engine.use((trainer) => pace.time("reading the weights", () => trainer.weights("current")));

  const saveNow = async (own: Active): Promise<void> => {
    own.saved = performance.now();
    if (own.kept.deleted) return;
    let { at } = own;
    const checkpoint = await engine.use((trainer) => {
      ({ at } = own);
      return pace.time("a checkpoint", () => trainer.checkpoint());
    });
    await saving.checkpoint(own, checkpoint, at);
  };
  const save: Training["save"] = (own) => {
    // One after the other, so that a later request includes everything done by then.
    own.saving = own.saving.catch(() => undefined).then(() => saveNow(own));
    return own.saving;
  };

  // Showing an epoch takes the page some time: of very short ones it gets a few per second, and the last one before a
  // break.
  let unsent: Extract<TrainerEvent, { type: "epoch" }> | null = null;
  let sentAt = -Infinity;
  const tellLastEpoch = (): void => {
    if (unsent === null) return;
    messages.emit(unsent, [unsent.weights.buffer]);
    unsent = null;
    sentAt = performance.now();
  };
  const tellEpoch = (event: Extract<TrainerEvent, { type: "epoch" }>): void => {
    unsent = event;
    if (performance.now() - sentAt >= EPOCH_PAUSE) tellLastEpoch();
  };

  const endEpoch = async (own: Active, { row }: Extract<Event, { type: "epoch" }>): Promise<void> => {
    const last = row.epoch >= own.record.settings.train.epochs;
    own.at = last ? own.at : { epoch: row.epoch + 1, step: 0 };
    const detail = await engine.use((trainer) => trainer.detail());
    const weights = await weightsNow();
    await saving.epoch(own, row, weights, detail);
    if (detail !== undefined) tellEpoch({ type: "epoch", detail, weights });
    own.shown = performance.now();
    await saving.change(own, { history: own.record.history });
    await save(own);
  };

  const finish = async (own: Active, stopped: boolean): Promise<void> => {
    own.over = true;
    engine.rest();
    tellLastEpoch();
    if (stopped) {
      await save(own);
      await saving.change(own, { state: "stopped" });
    } else {
      await own.saving.catch(() => undefined);
      await saving.end(own, { state: "finished" });
    }
    own.unlock();
  };

  const follow: Training["follow"] = async (own, events) => {
    messages.session(events);
    for (const event of events) {
      if (event.type === "progress") {
        own.at = { epoch: event.epoch, step: event.step };
        own.steps = event.steps_per_epoch;
      }
      if (event.type === "epoch") await endEpoch(own, event);
      if (event.type === "tested") {
        const { loss, accuracy, confusion } = event;
        await saving.change(own, { test: { loss, accuracy, confusion } });
      }
      if (event.type === "finished") await finish(own, event.reason === "stopped");
    }
  };

  const show = async (own: Active): Promise<void> => {
    own.shown = performance.now();
    const weights = await weightsNow();
    messages.emit({ type: "live", weights, ...own.at }, [weights.buffer]);
  };

  /** Does the next piece of work of a run, timed by kind. */
  const timed = <T>(own: Active, work: () => Promise<T>): Promise<T> => {
    const evaluates = own.steps !== null && own.at.step >= own.steps;
    return evaluates ? pace.time("an evaluation", work) : pace.time("a training step", work, stepsToKnow(own));
  };

  const loop = async (own: Active): Promise<void> => {
    const goesOn = (): boolean => !own.over && (!own.paused || own.singleSteps > 0);
    let stepped = false;
    // The answer to the call that started the run goes out first.
    await nextTurn();
    while (goesOn()) {
      const events = await engine.use((trainer) => (goesOn() ? timed(own, () => trainer.step()) : null));
      if (events === null) break;
      stepped = own.singleSteps > 0;
      own.singleSteps = Math.max(0, own.singleSteps - 1);
      // Not every step is read.
      if (events.length === 0) own.at = { ...own.at, step: own.at.step + 1 };
      await follow(own, events);
      if (own.over) break;
      if (watched && performance.now() - own.shown > LIVE_PAUSE) await show(own);
      if (performance.now() - own.saved > CHECKPOINT_PAUSE) await save(own);
      await nextTurn();
    }
    // From here on another step can be requested, while this one is being stored.
    own.looping = false;
    messages.flush();
    tellLastEpoch();
    if (stepped && !own.over) await save(own);
  };

  const end: Training["end"] = (own, error) => {
    if (own.over) return own.ending;
    own.over = true;
    engine.rest();
    messages.flush();
    // The same steps would diverge again.
    const ended = error.kind === "diverged" ? saving.end : saving.change;
    own.ending = ended(own, { state: "failed", error }).then(own.unlock);
    return own.ending;
  };

  const fail: Training["fail"] = async (own, thrown) => {
    const error = toPatchworkError(thrown);
    const dead = isTrap(thrown) || error.kind === "device";
    // A lost device reports itself more clearly than the code that was using it.
    if (error.kind === "device") await new Promise((resolve) => setTimeout(resolve, LOSS_PAUSE));
    await end(own, error);
    if (dead) return reportCrash(own.record.error ?? error);
    const { resumable, device } = own.record;
    messages.emit({ type: "run-failed", error, device: device.kind, resumable });
  };

  return {
    save, follow, end, fail,
    wake(own) {
      if (own.looping) return;
      own.looping = true;
      void loop(own).catch((thrown: unknown) => {
        own.looping = false;
        return fail(own, thrown);
      });
    },
    watch(on) {
      watched = on;
    },
  };
}

/** Steps after which the time of one is known: most may only be queued, and the one that is read waits for those before it. */
function stepsToKnow({ record }: Active): number {
  return 3 * Math.max(FEWEST_READ, record.settings.train.read_every);
}
