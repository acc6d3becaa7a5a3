/** Measures steps in a worker that the page starts for it: time on one core, and the memory that the module takes. */
import { whyMissing } from "../client/files.js";
import { problem } from "../client/errors.js";
import { connect, type Endpoint, type Rpc } from "../client/rpc.js";
import type { RunSettings } from "../protocol/engine.js";
import { t } from "../text/language.js";
import type { StepWorkerCalls } from "../workers/trainer/step-worker.js";
import type { CostTools } from "./tools.js";

/** Images of a step. */
export const IMAGES = 4;
/** A step is repeated for so many milliseconds, at least so often. */
const REPEAT_MS = 250;
const LEAST = 3;

/** The cost of a step. */
export interface Cost {
  tokens: number;
  /** Milliseconds per image, forward and backward: the fastest of several steps. */
  milliseconds: number;
  /** Bytes of memory taken for this and smaller numbers of tokens. */
  bytes: number;
}

/** A worker that measures. */
export interface Meter {
  measure(settings: RunSettings, parameters: number, tokens: number): Promise<Cost>;
  end(): void;
}

/** Starts a worker with a module of its own, whose memory holds nothing else. */
export async function startMeter({ startWorker, workerUrl: url }: CostTools): Promise<Meter> {
  const rpc = connect<StepWorkerCalls, never>({
    name: t("measuring worker"), start: () => overPort(startWorker()), missing: () => whyMissing(url, t("The measuring worker")),
    // The open call fails with the reason.
    onCrash: () => undefined,
  });
  const empty = await rpc.call("memory", {});
  let run = 0;
  return {
    async measure(settings, parameters, tokens) {
      const job = { run: ++run, settings, weights: weightsLike(parameters), parts: [part(settings.model.image_size)] };
      const milliseconds = await fastest(rpc, job);
      return { tokens, milliseconds: milliseconds / IMAGES, bytes: (await rpc.call("memory", {})) - empty };
    },
    end: () => rpc.restart(problem("device", "Measured")),
  };
}

async function fastest(rpc: Rpc<StepWorkerCalls>, job: StepWorkerCalls["gradients"][0]): Promise<number> {
  // The first step also makes room.
  await rpc.call("gradients", job);
  const begun = performance.now();
  let best = Infinity;
  for (let count = 0; count < LEAST || performance.now() - begun < REPEAT_MS; count++) {
    const start = performance.now();
    await rpc.call("gradients", job);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Any small numbers: the time does not depend on them. */
function weightsLike(parameters: number): Float32Array {
  return Float32Array.from({ length: parameters }, (_, index) => 0.05 * Math.sin(index * 12.9898));
}

function part(side: number): StepWorkerCalls["gradients"][0]["parts"][0] {
  const pixels = Uint8Array.from({ length: IMAGES * side * side }, (_, index) => (index * 37) % 256);
  const labels = Uint8Array.from({ length: IMAGES }, (_, index) => index);
  return { moment: new Uint32Array(3), indices: Uint32Array.from(labels), pixels, labels };
}

/** A step worker serves a port, as the trainer uses it. */
function overPort(worker: Worker): Endpoint {
  const { port1: line, port2: other } = new MessageChannel();
  worker.postMessage({ line: other }, [other]);
  const endpoint: Endpoint = {
    postMessage: (message, transfer) => line.postMessage(message, transfer),
    terminate() {
      line.close();
      worker.terminate();
    },
    onmessage: null,
    onmessageerror: null,
    onerror: null,
  };
  line.onmessage = (event) => endpoint.onmessage?.(event);
  line.onmessageerror = (event) => endpoint.onmessageerror?.(event);
  worker.onerror = (event) => endpoint.onerror?.(event);
  return endpoint;
}
