/** A hand: computes the gradients of parts of a batch. */
import type { Settings } from "../../protocol/engine.js";
import type { Hand, Part } from "../../protocol/wasm.js";
import { serve } from "../serve.js";
import { loadModule } from "./module.js";

/** The name of a worker that is one. */
export const HAND = "hand";

/** Parts to compute. */
export interface Job {
  /** Another number for other settings. */
  run: number;
  settings: Settings;
  weights: Float32Array;
  parts: Part[];
}

/** Calls of such a worker. */
export interface HandCalls {
  gradients: [Job, Float32Array[]];
}

/** Computes jobs in this worker, one part after the other. */
export function createHand(): (job: Job) => Promise<Float32Array[]> {
  let hand: { run: number; own: Hand } | null = null;
  return async ({ run, settings, weights, parts }) => {
    if (hand?.run !== run) {
      hand?.own.free();
      hand = null;
      const module = await loadModule();
      hand = { run, own: new module.Hand(settings) };
    }
    const found: Float32Array[] = [];
    for (const { moment, indices, pixels, labels } of parts) {
      found.push(await hand.own.gradient(weights, moment, indices, pixels, labels));
    }
    return found;
  };
}

/** Answers until the worker ends. */
export function serveHand(): void {
  serve<HandCalls>({ gradients: createHand() });
}
