/** A hand: computes parts of a batch. */
import type { Settings } from "../../protocol/engine.js";
import type { Hand, Part } from "../../protocol/wasm.js";
import { type Handlers, serve, type Wire } from "../serve.js";
import { module } from "./module.js";

/** Parts to compute. */
export interface Job<P> {
  /** Another number for other settings. */
  run: number;
  settings: Settings;
  weights: Float32Array;
  parts: P[];
}

/** Calls of such a worker; parts of an evaluation are images. */
export interface HandCalls {
  gradients: [Job<Part>, Float32Array[]];
  logits: [Job<Uint8Array>, Float32Array[]];
}

/** Computes jobs in this worker, one part after the other. */
export function createHand(): Handlers<HandCalls> {
  let known: { run: number; hand: Hand } | null = null;
  const handOf = async ({ run, settings }: Job<unknown>): Promise<Hand> => {
    if (known?.run === run) return known.hand;
    known?.hand.free();
    known = null;
    const { Hand } = await module.load();
    known = { run, hand: new Hand(settings) };
    return known.hand;
  };
  const each = async <P>(job: Job<P>, find: (hand: Hand, part: P) => Promise<Float32Array>): Promise<Float32Array[]> => {
    const hand = await handOf(job);
    const found: Float32Array[] = [];
    for (const part of job.parts) found.push(await find(hand, part));
    return found;
  };
  return {
    gradients: (job) =>
      each(job, (hand, { moment, indices, pixels, labels }) => hand.gradient(job.weights, moment, indices, pixels, labels)),
    logits: (job) => each(job, (hand, pixels) => hand.logits(job.weights, pixels)),
  };
}

/** Answers the trainer until the worker ends: over the line that comes first, with the module that comes over it. */
export function serveHand(): void {
  globalThis.addEventListener("message", (event) => {
    const { line } = (event as MessageEvent<{ line?: MessagePort }>).data;
    if (line === undefined) return;
    line.addEventListener("message", ({ data }: MessageEvent<{ compiled?: WebAssembly.Module }>) => {
      if (data.compiled !== undefined) module.give(data.compiled);
    });
    serve<HandCalls>(createHand(), line as Wire);
    line.start();
  });
}
