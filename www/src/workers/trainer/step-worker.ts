/** A step worker: computes parts of a batch. */
import type { RunSettings } from "../../protocol/engine.js";
import type { StepWorker, MicroBatch } from "../../protocol/wasm.js";
import { type Handlers, serve, type Wire } from "../serve.js";
import { module } from "./module.js";

/** Parts to compute. */
export interface WorkerJob<P> {
  /** Differs between settings. */
  run: number;
  settings: RunSettings;
  weights: Float32Array;
  parts: P[];
}

/** Calls of a step worker; parts of an evaluation are images. */
export interface StepWorkerCalls {
  gradients: [WorkerJob<MicroBatch>, Float32Array[]];
  logits: [WorkerJob<Uint8Array>, Float32Array[]];
  /** Bytes of this worker's memory, which never shrinks. */
  memory: [Record<string, never>, number];
}

/** Computes jobs in this worker, one part after the other. */
export function createStepWorker(): Handlers<StepWorkerCalls> {
  let known: { run: number; worker: StepWorker } | null = null;
  const workerFor = async ({ run, settings }: WorkerJob<unknown>): Promise<StepWorker> => {
    if (known?.run === run) return known.worker;
    known?.worker.free();
    known = null;
    const { StepWorker } = await module.load();
    known = { run, worker: new StepWorker(settings) };
    return known.worker;
  };
  const each = async <P>(job: WorkerJob<P>, find: (worker: StepWorker, part: P) => Promise<Float32Array>): Promise<Float32Array[]> => {
    const worker = await workerFor(job);
    const found: Float32Array[] = [];
    for (const part of job.parts) found.push(await find(worker, part));
    return found;
  };
  return {
    gradients: (job) =>
      each(job, (worker, { moment, indices, pixels, labels }) => worker.gradient(job.weights, moment, indices, pixels, labels)),
    logits: (job) => each(job, (worker, pixels) => worker.logits(job.weights, pixels)),
    memory: () => module.memory(),
  };
}

/** Serves the trainer until the worker ends: over the port in the first message, with the module that arrives through it. */
export function serveStepWorker(): void {
  globalThis.addEventListener("message", (event) => {
    const { line } = (event as MessageEvent<{ line?: MessagePort }>).data;
    if (line === undefined) return;
    line.addEventListener("message", ({ data }: MessageEvent<{ compiled?: WebAssembly.Module }>) => {
      if (data.compiled !== undefined) module.give(data.compiled);
    });
    serve<StepWorkerCalls>(createStepWorker(), line as Wire);
    line.start();
  });
}
