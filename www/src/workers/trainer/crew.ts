/** More hands for the CPU: workers like this one, each with a module of its own, share the steps of a run. */
import { problem } from "../../client/errors.js";
import { connect, type Rpc } from "../../client/rpc.js";
import type { Settings } from "../../protocol/engine.js";
import type { Crew } from "../../protocol/wasm.js";
import { createHand, HAND, type HandCalls } from "./hand.js";

/** At most so many workers: the engine cuts a batch into no more parts. */
const MOST = 8;
/** After so long without work the workers end; the next step starts others. */
const PATIENCE_MS = 30_000;

/** How many workers share the steps on so many cores: a power of two, which shares parts out evenly. */
export function crewSize(cores: number): number {
  return 2 ** Math.floor(Math.log2(Math.min(Math.max(cores, 1), MOST)));
}

/** A crew of so many workers; they start with the first step. Where they fail, this worker computes alone. */
export function createCrew(size: number): Crew {
  const workers = Array.from({ length: size }, hire);
  const alone = createHand();
  let run = 0;
  let settings: Settings | null = null;
  let failed = false;
  let idle: ReturnType<typeof setTimeout> | undefined;
  const rest = (): void => {
    for (const worker of workers) worker.restart(atRest);
  };

  return {
    settle(next) {
      settings = next;
      run += 1;
    },
    async gradients(weights, parts) {
      if (settings === null) throw atRest;
      clearTimeout(idle);
      const job = { run, settings, weights };
      const busy = workers.slice(0, parts.length);
      const own = (index: number) => parts.filter((_, place) => place % busy.length === index);
      try {
        if (failed) return await alone({ ...job, parts });
        const shares = busy.map((worker, index) => worker.call("gradients", { ...job, parts: own(index) }));
        return inOrder(await Promise.all(shares), parts.length);
      } catch (thrown) {
        if (failed) throw thrown;
        failed = true;
        rest();
        return await alone({ ...job, parts });
      } finally {
        idle = setTimeout(rest, PATIENCE_MS);
      }
    },
  };
}

function hire(): Rpc<HandCalls> {
  // A crash is told to whoever waits for the answer.
  return connect<HandCalls, never>({ url: globalThis.location.href, name: HAND, onCrash: () => undefined });
}

/** What was shared out in turns, in its order again. */
function inOrder<T>(shares: T[][], length: number): T[] {
  return Array.from({ length }, (_, place) => {
    const found = shares[place % shares.length]?.[Math.floor(place / shares.length)];
    if (found === undefined) throw problem("device", "A worker did not answer with a gradient");
    return found;
  });
}

const atRest = problem("device", "No run has workers that share its steps");
