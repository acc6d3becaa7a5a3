/** The engine on its device: opened when first needed, moved to another device on request. */
import { failure, problem } from "../../client/errors.js";
import { chooseDevice, type DeviceChoice } from "../../device/choose.js";
import type { DeviceReport } from "../../protocol/messages.js";
import type { Trainer } from "../../protocol/wasm.js";
import { turns } from "../turns.js";
import { createWorkerPool, type PoolOptions, type OwnedWorkerPool } from "./worker-pool.js";
import { workerCount } from "./worker-count.js";
import { module } from "./module.js";

export interface Engine {
  /** Opens a device; if another one is open, `move` transfers its content. */
  open(choice: DeviceChoice, move: (from: Trainer, to: Trainer) => Promise<void>): Promise<DeviceReport>;
  /** Uses the engine exclusively, on the open device, or else on the default one. */
  use<T>(work: (trainer: Trainer) => T | Promise<T>): Promise<T>;
  /** The open device. */
  readonly device: DeviceReport | null;
  /** Marks the graphics device as lost: it is never used again. Returns whether it was in use. */
  lose(): boolean;
  /** The step workers are not needed for now. */
  rest(): void;
  /** Ends workers that do not answer. */
  giveUp(): void;
}

/**
 * An engine without a device yet. `wished` is the device to open by default; `around` is what the pool of step workers
 * needs on the CPU.
 */
export function createEngine(wished: () => Promise<DeviceChoice>, around: PoolOptions): Engine {
  const inTurn = turns();
  const size = workerCount(navigator.hardwareConcurrency);
  const pool: OwnedWorkerPool | null = size > 1 ? createWorkerPool(size, around) : null;
  // A graphics device can be opened once per worker: the engine registers it permanently. So an open one is kept, even
  // while the CPU trains, with its allocated memory. Freeing it would require ending the worker, and with it all files,
  // which are not stored anywhere else before a run has started.
  const trainers = new Map<DeviceReport["kind"], Trainer>();
  let current: { trainer: Trainer; report: DeviceReport } | null = null;
  let lost = false;

  const start = async (choice: DeviceChoice): Promise<{ trainer: Trainer; report: DeviceReport }> => {
    if (lost && choice === "gpu") throw failure(lostEarlier);
    const report = lost && choice === "auto" ? cpu(LOST_NOTE) : await chooseDevice(choice);
    try {
      return { report, trainer: await trainerOn(report.kind) };
    } catch (thrown) {
      if (choice !== "auto" || report.kind === "cpu" || thrown instanceof WebAssembly.RuntimeError) throw thrown;
      const note = "The graphics card could not be opened, so training runs on the CPU.";
      return { report: cpu(note), trainer: await trainerOn("cpu") };
    }
  };
  /** Files can be read on any device: a missing card is reported when that device itself is requested. */
  const startAnyhow = async (choice: DeviceChoice): Promise<{ trainer: Trainer; report: DeviceReport }> => {
    try {
      return await start(choice);
    } catch (thrown) {
      if (choice !== "gpu" || thrown instanceof WebAssembly.RuntimeError) throw thrown;
      return start("cpu");
    }
  };
  const trainerOn = async (kind: DeviceReport["kind"]): Promise<Trainer> => {
    const trainer = trainers.get(kind) ?? (await opened(kind));
    trainers.set(kind, trainer);
    return trainer;
  };
  const opened = async (kind: DeviceReport["kind"]): Promise<Trainer> => {
    const { open_graphics, open_cpu } = await module.load();
    return kind === "gpu" ? open_graphics() : open_cpu(pool ?? undefined);
  };

  return {
    open: (choice, move) =>
      inTurn(async () => {
        const next = await start(choice);
        if (current !== null && current.trainer !== next.trainer) await move(current.trainer, next.trainer);
        current = next;
        return next.report;
      }),
    use: (work) =>
      inTurn(async () => {
        current ??= await startAnyhow(await wished());
        return work(current.trainer);
      }),
    get device() {
      return current?.report ?? null;
    },
    lose() {
      lost = true;
      trainers.delete("gpu");
      return current?.report.kind === "gpu";
    },
    rest: () => pool?.rest(),
    giveUp: () => pool?.giveUp(),
  };
}

const LOST_NOTE = "The graphics card was lost while this tab was open, so training runs on the CPU. Choose it by name to try it again.";

const lostEarlier = problem(
  "device", "The graphics card was lost while the CPU was training",
  "It can be used again when this run has ended: choose it then",
);

function cpu(note: string): DeviceReport {
  return { kind: "cpu", name: "CPU", software: false, note };
}
