/** The trainer as seen by the page: started (and its module fetched) at the first call, replaced after a failure. */
import { TRAINER_WORKER_URL } from "../assets.js";
import type { Event, PatchworkError } from "../protocol/engine.js";
import type { DeviceReport, RunRecord, TrainerCalls, TrainerEvent } from "../protocol/messages.js";
import { readBound } from "../store/bound.js";
import { lendStore } from "../store/remote.js";
import type { Store } from "../store/store.js";
import { t } from "../text/language.js";
import type { Hello } from "../workers/trainer/hello.js";
import { scriptUrl } from "../ui/trusted.js";
import { problem } from "./errors.js";
import { whyMissing } from "./files.js";
import { heartbeat } from "./heartbeat.js";
import { tellAll } from "./report.js";
import { connect, type Endpoint, type Rpc } from "./rpc.js";
import { lendWorkers } from "./step-workers.js";

export interface TrainerClient {
  /** Starts the worker (and fetches the module) at the first call. */
  call<K extends keyof TrainerCalls>(call: K, input: TrainerCalls[K][0]): Promise<TrainerCalls[K][1]>;
  onEvent(listener: (event: TrainerEvent) => void): void;
  /**
   * Terminates the worker as if it had failed with this error (by default, that it does not answer). The next call
   * starts another one. `resumable` tells whether there still is a checkpoint of its run; by default, what the trainer
   * last reported.
   */
  restart(error?: PatchworkError, resumable?: boolean): void;
}

type DeviceChoice = TrainerCalls["open"][0]["device"];

/** A trainer that waits for its first call. `device` is the device to open by default. */
export function startTrainer(store: Store, device: () => DeviceChoice): TrainerClient {
  const listeners = new Set<(event: TrainerEvent) => void>();
  /** What the page knows of the trainer in case it crashes. */
  let known: { device: DeviceReport["kind"]; resumable: boolean } = { device: "cpu", resumable: false };
  /** The run in training, and the seconds of one of its steps. */
  let running: RunRecord | null = null;
  let step: number | null = null;
  /** The graphics device of this worker was lost while the CPU was in use: the worker cannot open another one. */
  let lost = false;

  const hear = (event: TrainerEvent): void => {
    if (event.type === "run") {
      known = { device: event.run.device.kind, resumable: event.run.resumable };
      const active = event.run.state === "running" || event.run.state === "paused";
      if (running?.id !== event.run.id || !active) step = null;
      running = active ? event.run : null;
    }
    if (event.type === "session" && running) step = secondsOfStep(event.events, running) ?? step;
    if (event.type === "device-lost") lost = true;
    if (event.type === "failed") [running, step, lost] = [null, null, false];
    tellAll(listeners, event);
  };

  const rpc = connect<TrainerCalls, TrainerEvent>({
    name: "trainer",
    start: () => greeted(new Worker(scriptUrl(TRAINER_WORKER_URL), { type: "module", name: "trainer" }), store, device()),
    missing: () => whyMissing(TRAINER_WORKER_URL, t("The trainer")),
    onEvent: hear,
    // Reported even if only a device was open: the worker's files are gone, and the page must know.
    onCrash: (error: PatchworkError) => hear({ type: "failed", error, ...known }),
  });

  /** Terminates the worker as if it had failed. */
  const end = (error: PatchworkError, resumable = known.resumable): void => {
    rpc.restart(error);
    hear({ type: "failed", error, ...known, resumable });
  };

  const open = async (choice: DeviceChoice): Promise<DeviceReport> => {
    // Only another worker can open a graphics card again. During a run, this worker reports that it has to wait.
    if (lost && choice === "gpu" && running === null) end(startedAgain());
    return openOr(rpc, choice);
  };

  heartbeat({
    there: () => rpc.running,
    ask: () => rpc.call("ping", {}),
    // Other calls may take their time; any open call shows whether the worker is alive.
    usual: () => (running?.state === "running" && rpc.waiting <= 1 ? step : null),
  }, (silent, seconds) => hear({ type: "silence", silent, seconds }));
  saveWhenLeaving(() => {
    if (rpc.running) void rpc.call("save", {}).catch(() => undefined);
  });

  return {
    async call(call, input) {
      // The browser may ask the user for permission, so only once there is something to store.
      if (call === "start") void navigator.storage?.persist?.().catch(() => false);
      if (call === "start" || call === "resume") void rpc.call("limit", { most: readBound() }).catch(() => undefined);
      if (call !== "open") return rpc.call(call, input);
      const report = await open((input as TrainerCalls["open"][0]).device);
      known = { ...known, device: report.kind };
      return report as TrainerCalls[typeof call][1];
    },
    onEvent: (listener) => void listeners.add(listener),
    restart(error = noAnswer(known.resumable), resumable) {
      if (rpc.running) end(error, resumable);
    },
  };
}

function startedAgain(): PatchworkError {
  return problem("device", t("The graphics card was lost, and the trainer was restarted to use it"), t("Your files are read again"));
}

/** Seconds per step, if these events show it. */
function secondsOfStep(events: Event[], run: RunRecord): number | null {
  const progress = events.findLast((event) => event.type === "progress");
  if (progress?.type !== "progress" || !(progress.images_per_second > 0)) return null;
  return run.settings.train.batch_size / progress.images_per_second;
}

function noAnswer(resumable: boolean): PatchworkError {
  const help = t(resumable ? "Continue from the last checkpoint" : "Your files are being read again; then start the run");
  return problem("device", t("The trainer did not answer and was stopped"), help);
}

/** Opens a device; if the automatic choice crashes the worker, opens the CPU instead. */
async function openOr(rpc: Rpc<TrainerCalls>, choice: DeviceChoice): Promise<DeviceReport> {
  const died = rpc.crashes;
  try {
    return await rpc.call("open", { device: choice });
  } catch (error) {
    if (choice !== "auto" || rpc.crashes === died) throw error;
    const report = await rpc.call("open", { device: "cpu" });
    return { ...report, note: t("The graphics card failed when it was opened, so training runs on the CPU.") };
  }
}

/** Tells a new worker what it cannot find out, and gives it ports to the page's store and to step workers. */
function greeted(worker: Worker, store: Store, device: DeviceChoice): Endpoint {
  const [forStore, forWorkers] = [new MessageChannel(), new MessageChannel()];
  lendStore(store, forStore.port1);
  const endWorkers = lendWorkers(forWorkers.port1);
  const hello: Hello = {
    hello: { store: forStore.port2, durable: store.durable, device, workers: forWorkers.port2 },
  };
  worker.postMessage(hello, [forStore.port2, forWorkers.port2]);
  const terminate = worker.terminate.bind(worker);
  // Its workers would wait for it forever.
  worker.terminate = () => {
    endWorkers();
    terminate();
  };
  return worker;
}

/** A hidden page may never come back: the last chance to save. */
function saveWhenLeaving(save: () => void): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  globalThis.addEventListener("pagehide", save);
}
