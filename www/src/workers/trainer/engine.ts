/** The engine on its device: opened when first needed, moved to another one when asked. */
import { chooseDevice, type Choice } from "../../device/choose.js";
import type { DeviceReport } from "../../protocol/messages.js";
import type { Trainer } from "../../protocol/wasm.js";
import { turns } from "../turns.js";
import { createCrew, crewSize } from "./crew.js";
import { loadModule } from "./module.js";

export interface Engine {
  /** Opens a device; where another one is open, `move` carries over what is there. */
  open(choice: Choice, move: (from: Trainer, to: Trainer) => Promise<void>): Promise<DeviceReport>;
  /** Uses the engine, alone, on the device that is open, or else on the one first wished for. */
  use<T>(work: (trainer: Trainer) => T | Promise<T>): Promise<T>;
  /** The device that is open. */
  readonly device: DeviceReport | null;
}

/**
 * An engine without a device yet. `wished` is the device to open where nobody asks for one; `alone` is told why the
 * workers failed that share the steps on the CPU.
 */
export function createEngine(wished: () => Promise<Choice>, alone: (thrown: unknown) => void): Engine {
  const inTurn = turns();
  // A graphics device can be opened once in the life of a worker: the engine registers it for good. So an open one
  // is kept, also while the CPU trains, with the memory that it has set aside. To free it, the worker would have to
  // end, and with it all files, which are kept nowhere else before a run has begun.
  const trainers = new Map<DeviceReport["kind"], Trainer>();
  let current: { trainer: Trainer; report: DeviceReport } | null = null;

  const start = async (choice: Choice): Promise<{ trainer: Trainer; report: DeviceReport }> => {
    const report = await chooseDevice(choice);
    try {
      return { report, trainer: await trainerOn(report.kind) };
    } catch (thrown) {
      if (choice !== "auto" || report.kind === "cpu" || thrown instanceof WebAssembly.RuntimeError) throw thrown;
      const note = "The graphics card could not be opened, so training runs on the CPU.";
      return { report: { kind: "cpu", name: "CPU", software: false, note }, trainer: await trainerOn("cpu") };
    }
  };
  /** Files can be read on any device: that a chosen card is missing is said when the device itself is asked for. */
  const startAnyhow = async (choice: Choice): Promise<{ trainer: Trainer; report: DeviceReport }> => {
    try {
      return await start(choice);
    } catch (thrown) {
      if (choice !== "gpu" || thrown instanceof WebAssembly.RuntimeError) throw thrown;
      return start("cpu");
    }
  };
  const trainerOn = async (kind: DeviceReport["kind"]): Promise<Trainer> => {
    const trainer = trainers.get(kind) ?? (await opened(kind, alone));
    trainers.set(kind, trainer);
    return trainer;
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
  };
}

async function opened(kind: DeviceReport["kind"], alone: (thrown: unknown) => void): Promise<Trainer> {
  const module = await loadModule();
  if (kind === "gpu") return module.open_graphics();
  const size = crewSize(navigator.hardwareConcurrency);
  return module.open_cpu(size > 1 ? createCrew(size, alone) : undefined);
}
