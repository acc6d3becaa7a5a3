/** More hands for the CPU: workers like this one, each with a module of its own, share the steps and evaluations of a run. */
import { problem } from "../../client/errors.js";
import { whyMissing } from "../../client/files.js";
import { connect } from "../../client/rpc.js";
import type { Settings } from "../../protocol/engine.js";
import type { Crew } from "../../protocol/wasm.js";
import { scriptUrl } from "../../ui/trusted.js";
import type { Handlers } from "../serve.js";
import { createHand, HAND, type HandCalls, type Job } from "./hand.js";

/** At most so many workers: the engine cuts a batch into no more parts. */
const MOST = 8;
/** After so long without work the workers end; the next step starts others. */
const PATIENCE_MS = 30_000;

/** Has a hand compute parts, and gives what it finds of them, in their order. */
type Ask<P> = (hand: Handlers<HandCalls>, job: Job<P>) => Float32Array[] | Promise<Float32Array[]>;

/** How many workers share the steps on so many cores: a power of two, which shares parts out evenly. */
export function crewSize(cores: number): number {
  return 2 ** Math.floor(Math.log2(Math.min(Math.max(cores, 1), MOST)));
}

/**
 * A crew of so many workers; they start with the first step. Where they fail, `alone` is told why, and this worker
 * computes the rest of the run by itself.
 */
export function createCrew(size: number, alone: (thrown: unknown) => void): Crew {
  const workers = Array.from({ length: size }, hire);
  const own = createHand();
  let run = 0;
  let settings: Settings | null = null;
  let failed = false;
  let idle: ReturnType<typeof setTimeout> | undefined;
  const rest = (): void => {
    for (const { end } of workers) end();
  };

  /** Shares parts out in turns. */
  const share = async <P>(weights: Float32Array, parts: P[], ask: Ask<P>): Promise<Float32Array[]> => {
    if (settings === null) throw atRest;
    clearTimeout(idle);
    const job = { run, settings, weights };
    const busy = workers.slice(0, parts.length);
    const shareOf = (index: number): P[] => parts.filter((_, place) => place % busy.length === index);
    try {
      if (failed) return await ask(own, { ...job, parts });
      const shares = busy.map(({ calls }, index) => ask(calls, { ...job, parts: shareOf(index) }));
      return inOrder(await Promise.all(shares), parts.length);
    } catch (thrown) {
      if (failed) throw thrown;
      failed = true;
      rest();
      alone(thrown);
      return await ask(own, { ...job, parts });
    } finally {
      idle = setTimeout(rest, PATIENCE_MS);
    }
  };

  return {
    settle(next) {
      settings = next;
      run += 1;
      // Another run is another chance.
      failed = false;
    },
    gradients: (weights, parts) => share(weights, parts, (hand, job) => hand.gradients(job)),
    logits: (weights, parts) => share(weights, parts, (hand, job) => hand.logits(job)),
  };
}

/** A worker that is a hand. */
function hire(): { calls: Handlers<HandCalls>; end(): void } {
  // A crash is told to whoever waits for the answer.
  const worker = connect<HandCalls, never>({
    name: "worker",
    start: () => new Worker(scriptUrl(globalThis.location.href), { type: "module", name: HAND }),
    missing: () => whyMissing(globalThis.location.href, "The worker"),
    onCrash: () => undefined,
  });
  return {
    calls: {
      gradients: (job) => worker.call("gradients", job),
      logits: (job) => worker.call("logits", job),
    },
    end: () => worker.restart(atRest),
  };
}

/** What was shared out in turns, in its order again. */
function inOrder<T>(shares: T[][], length: number): T[] {
  return Array.from({ length }, (_, place) => {
    const found = shares[place % shares.length]?.[Math.floor(place / shares.length)];
    if (found === undefined) throw problem("device", "A worker did not answer for its part");
    return found;
  });
}

const atRest = problem("device", "No run has workers that share its steps");
