/** More hands for the CPU: workers like this one, each with a module of its own, share the steps and evaluations of a run. */
import { failure, problem } from "../../client/errors.js";
import { connect, type Endpoint } from "../../client/rpc.js";
import type { PatchworkError, RunSettings } from "../../protocol/engine.js";
import type { WorkerPool } from "../../protocol/wasm.js";
import type { Handlers } from "../serve.js";
import { createStepWorker, type StepWorkerCalls, type WorkerJob } from "./step-worker.js";
import type { Pace } from "./pace.js";

/** So long after a run has ended the workers end, too; the next run starts others. */
const PATIENCE_MS = 30_000;

/** Has a hand compute parts, and gives what it finds of them, in their order. */
type Ask<P> = (worker: Handlers<StepWorkerCalls>, job: WorkerJob<P>) => Float32Array[] | Promise<Float32Array[]>;

/** What the engine asks of a crew, and what its owner does. */
export interface OwnedWorkerPool extends WorkerPool {
  /** No run needs the workers any more, for now: they end after a while. */
  rest(): void;
  /** Ends workers that do not answer: the step that waits for them, and the rest of the run, is computed here. */
  giveUp(): void;
}

/** What a crew uses. */
export interface PoolOptions {
  /** Starts a worker. */
  startWorker: () => Endpoint;
  /** Hears why the workers failed. */
  alone: (thrown: unknown) => void;
  pace: Pace;
}

/** Begins the name of what a worker computes, among what may be late. */
export const WORKER = "worker ";

/**
 * A crew of so many workers; they start with the first step, and stay while the run goes on or is paused. Where they
 * fail, `alone` is told why, and this worker computes the rest of the run by itself.
 */
export function createWorkerPool(size: number, { startWorker, alone, pace }: PoolOptions): OwnedWorkerPool {
  const workers = Array.from({ length: size }, (_, index) => connectWorker(startWorker, `${WORKER}${index + 1} of ${size}`, pace));
  const own = createStepWorker();
  let run = 0;
  let settings: RunSettings | null = null;
  let failed = false;
  let idle: ReturnType<typeof setTimeout> | undefined;
  const end = (reason: PatchworkError): void => {
    for (const worker of workers) worker.end(reason);
  };

  /** Shares parts out in turns. */
  const share = async <P>(weights: Float32Array, parts: P[], ask: Ask<P>): Promise<Float32Array[]> => {
    if (settings === null) throw failure(atRest);
    clearTimeout(idle);
    const job = { run, settings, weights };
    const busy = workers.slice(0, parts.length);
    const shareOf = (index: number): P[] => parts.filter((_, place) => place % busy.length === index);
    if (failed) return ask(own, { ...job, parts });
    try {
      const shares = busy.map(({ calls }, index) => ask(calls, { ...job, parts: shareOf(index) }));
      return inOrder(await Promise.all(shares), parts.length);
    } catch (thrown) {
      failed = true;
      end(atRest);
      alone(thrown);
      return ask(own, { ...job, parts });
    }
  };

  return {
    configure(next) {
      settings = next;
      run += 1;
      // Another run is another chance.
      failed = false;
    },
    gradients: (weights, parts) => share(weights, parts, (worker, job) => worker.gradients(job)),
    logits: (weights, parts) => share(weights, parts, (worker, job) => worker.logits(job)),
    rest() {
      clearTimeout(idle);
      idle = setTimeout(() => end(atRest), PATIENCE_MS);
    },
    giveUp: () => end(silent),
  };
}

/** A worker that is a hand. */
function connectWorker(startWorker: () => Endpoint, name: string, pace: Pace): { calls: Handlers<StepWorkerCalls>; end(reason: PatchworkError): void } {
  // A crash is told to whoever waits for the answer.
  const worker = connect<StepWorkerCalls, never>({
    name: "worker", start: startWorker, onCrash: () => undefined,
    missing: async () => problem("network", "its script did not load"),
  });
  return {
    calls: {
      gradients: (job) => pace.time(name, () => worker.call("gradients", job)),
      logits: (job) => pace.time(`${name}, evaluating`, () => worker.call("logits", job)),
    },
    end: (reason) => worker.restart(reason),
  };
}

/** What was shared out in turns, in its order again. */
function inOrder<T>(shares: T[][], length: number): T[] {
  return Array.from({ length }, (_, place) => {
    const found = shares[place % shares.length]?.[Math.floor(place / shares.length)];
    if (found === undefined) throw failure(problem("device", "A worker did not answer for its part"));
    return found;
  });
}

const atRest = problem("device", "No run has workers that share its steps");
const silent = problem("device", "they did not answer");
