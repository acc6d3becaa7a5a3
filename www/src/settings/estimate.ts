/** What to expect of a run: the speed, measured or guessed, and the resulting time; and the memory. */
import type { Cost, TrainConfig } from "../protocol/engine.js";
import type { DeviceReport } from "../protocol/messages.js";
import type { Measured } from "./measured.js";

/**
 * Multiply-adds per second of training on the CPU in a browser, if nothing was measured yet: the preset `tiny`, with
 * 7.23 million per image, trains on 670 to 1,640 images per second on two cores, depending on the load.
 */
const GUESS = 7.23e9;

/** The bytes that a run needs in this browser. */
export interface Need {
  /** In the largest WebAssembly memory of the tab: that of the trainer or of a worker. Each can hold 4 GiB. */
  program: number;
  /** In all WebAssembly memories together. */
  total: number;
  /** On a graphics card; 0 on the CPU. */
  card: number;
}

/** The memory that a run needs on this device, with `pixels` bytes of images and its steps divided among `workers`. */
export function need(cost: Cost, pixels: number, kind: DeviceReport["kind"], workers: number): Need {
  const { whole, worker, run, card, parts } = cost.memory;
  const own = run + pixels;
  if (kind === "gpu") return { program: own, total: own, card };
  const busy = Math.min(workers, parts);
  if (busy < 2) return { program: whole + pixels, total: whole + pixels, card: 0 };
  return { program: Math.max(own, worker), total: own + busy * worker, card: 0 };
}

/** Images per second, and how that is known. */
export interface Speed {
  perSecond: number;
  /** `measured`: the same sizes; `scaled`: other sizes on this device; `guess`: nothing measured yet. */
  basis: "measured" | "scaled" | "guess";
}

/**
 * The expected speed. A measurement on the same device is scaled by the work per image. Without one, there is a guess
 * for the CPU only; null if nothing is known.
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
 * The duration of a run in seconds. Only full batches are trained on; validation needs only the forward pass, a third
 * of the work of a training step.
 */
export function runSeconds(
  train: Pick<TrainConfig, "epochs" | "batch_size">,
  images: { train: number; validation: number },
  perSecond: number,
): number {
  const trained = Math.floor(images.train / train.batch_size) * train.batch_size;
  return (train.epochs * (trained + images.validation / 3)) / perSecond;
}
