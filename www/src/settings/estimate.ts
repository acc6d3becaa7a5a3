/** What to expect of a run: the speed that was measured before, or a guess, and the time that it makes. */
import type { Cost, TrainConfig } from "../protocol/engine.js";
import type { DeviceReport } from "../protocol/messages.js";
import type { Measured } from "./measured.js";

/**
 * Multiply-adds per second of training on the CPU in a browser, where nothing was measured yet: the preset `tiny`,
 * 7.23 million an image, trains on 670 to 1,640 images per second on two cores, busy and quiet.
 */
const GUESS = 7.23e9;

/** Bytes that a run takes in this browser. */
export interface Need {
  /** In the fullest program of the tab: its own, or that of a worker. Each can hold 4 GiB. */
  program: number;
  /** In all programs together. */
  total: number;
  /** On a graphics card; 0 on the CPU. */
  card: number;
}

/** What a run takes, with so many bytes of images, on this device with so many workers to share its steps. */
export function need(cost: Cost, pixels: number, kind: DeviceReport["kind"], workers: number): Need {
  const { whole, worker, run, card, parts } = cost.memory;
  const own = run + pixels;
  if (kind === "gpu") return { program: own, total: own, card };
  const busy = Math.min(workers, parts);
  if (busy < 2) return { program: whole + pixels, total: whole + pixels, card: 0 };
  return { program: Math.max(own, worker), total: own + busy * worker, card: 0 };
}

/** Images per second, and how we know. */
export interface Speed {
  perSecond: number;
  /** `measured`: these very shapes; `scaled`: other shapes on this device; `guess`: nothing measured yet. */
  basis: "measured" | "scaled" | "guess";
}

/**
 * The speed to expect. What was measured on the same device is scaled by the work of an image; where nothing was, only
 * the CPU has a guess. Nothing where nothing is known.
 */
export function speed(cost: Cost, batch: number, device: DeviceReport | null, runs: Measured[]): Speed | null {
  const { multiply_adds: work } = cost;
  const run = runs.find((one) => one.device.kind === device?.kind && one.device.name === device.name);
  if (run) {
    const equal = run.work === work && run.batch === batch;
    return { perSecond: (run.perSecond * run.work) / work, basis: equal ? "measured" : "scaled" };
  }
  return device?.kind === "gpu" ? null : { perSecond: GUESS / work, basis: "guess" };
}

/**
 * Seconds of a run. Only full batches are trained on; validation goes forward only, a third of a
 * training step's work.
 */
export function runSeconds(
  train: Pick<TrainConfig, "epochs" | "batch_size">,
  images: { train: number; validation: number },
  perSecond: number,
): number {
  const trained = Math.floor(images.train / train.batch_size) * train.batch_size;
  return (train.epochs * (trained + images.validation / 3)) / perSecond;
}
