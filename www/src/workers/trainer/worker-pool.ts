/** A pool of workers for the CPU: each has a separate module, and they share the steps and evaluations of a run. */
import { failure, problem } from "../../client/errors.js";
import { connect, type Endpoint } from "../../client/rpc.js";
import type { PatchworkError, RunSettings } from "../../protocol/engine.js";
import type { WorkerPool } from "../../protocol/wasm.js";
import type { Handlers } from "../serve.js";
import { createStepWorker, type StepWorkerCalls, type WorkerJob } from "./step-worker.js";
import type { Pace } from "./pace.js";

/** The time between the end of a run and that of its workers; the next run starts new ones. */
const PATIENCE_MS = 30_000;

/** The calls that compute parts. */
type PartCalls = Omit<Handlers<StepWorkerCalls>, "memory">;

/** Lets a worker compute parts; returns their results in order. */
type Ask<P> = (worker: PartCalls, job: WorkerJob<P>) => Float32Array[] | Promise<Float32Array[]>;

/** A worker pool as used by the engine and by its owner. */
export interface OwnedWorkerPool extends WorkerPool {
  /** The workers are not needed for now: they end after a while. */
  rest(): void;
  /** Ends workers that do not answer: the pending step, and the rest of the run, is computed here. */
  giveUp(): void;
}

/** What a pool needs. */
export interface PoolOptions {
  /** Starts a worker. */
  startWorker: () => Endpoint;
  /** Called with the reason if the workers fail. */
  alone: (thrown: unknown) => void;
  pace: Pace;
}

/** The prefix of the names of workers' tasks, as reported when late. */
export const WORKER = "worker ";

/**
 * A pool of `size` workers; they start with the first step, and stay while the run continues or is paused. If they
 * fail, `alone` gets the reason, and this worker computes the rest of the run by itself.
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

  /** Distributes parts round-robin. */
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
      // A new run gets a new chance.
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

/** Connects to a step worker. */
function connectWorker(startWorker: () => Endpoint, name: string, pace: Pace): { calls: PartCalls; end(reason: PatchworkError): void } {
  // A crash rejects the open call.
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

/** Puts round-robin results back in order. */
function inOrder<T>(shares: T[][], length: number): T[] {
  return Array.from({ length }, (_, place) => {
    const found = shares[place % shares.length]?.[Math.floor(place / shares.length)];
    if (found === undefined) throw failure(problem("device", "A worker did not answer for its part"));
    return found;
  });
}

const atRest = problem("device", "No run has workers that share its steps");
const silent = problem("device", "they did not answer");
