/** The trainer as the page sees it: started (and its module fetched) at the first call, replaced where it fails. */
import { TRAINER_WORKER_URL } from "../assets.js";
import type { PatchworkError } from "../protocol/engine.js";
import type { DeviceReport, TrainerCalls, TrainerEvent } from "../protocol/messages.js";
import { readBound } from "../store/bound.js";
import { lendStore } from "../store/remote.js";
import type { Store } from "../store/store.js";
import type { Hello } from "../workers/trainer/hello.js";
import { scriptUrl } from "../ui/trusted.js";
import { problem } from "./errors.js";
import { whyMissing } from "./files.js";
import { heartbeat } from "./heartbeat.js";
import { tellAll } from "./report.js";
import { connect, type Rpc } from "./rpc.js";

export interface TrainerClient {
  /** Starts the worker (and fetches the module) at the first call. */
  call<K extends keyof TrainerCalls>(call: K, input: TrainerCalls[K][0]): Promise<TrainerCalls[K][1]>;
  onEvent(listener: (event: TrainerEvent) => void): void;
  /** Ends the worker, as if it had failed with this error (that it does not answer). The next call starts another. */
  restart(error?: PatchworkError): void;
}

type DeviceChoice = TrainerCalls["open"][0]["device"];

/** A trainer that waits for its first call. `device` says which one to open where nobody asked for one. */
export function startTrainer(store: Store, device: () => DeviceChoice): TrainerClient {
  const listeners = new Set<(event: TrainerEvent) => void>();
  /** What the page knows of the trainer, should it die. */
  let known: { device: DeviceReport["kind"]; resumable: boolean } = { device: "cpu", resumable: false };
  let opening: DeviceChoice | null = null;

  const hear = (event: TrainerEvent): void => {
    if (event.type === "run") known = { device: event.run.device.kind, resumable: event.run.resumable };
    tellAll(listeners, event);
  };

  const rpc = connect<TrainerCalls, TrainerEvent>({
    name: "trainer",
    start: () => greeted(new Worker(scriptUrl(TRAINER_WORKER_URL), { type: "module", name: "trainer" }), store, device()),
    missing: () => whyMissing(TRAINER_WORKER_URL, "The trainer"),
    onEvent: hear,
    onCrash: (error: PatchworkError) => {
      // A device that fails while it is opened costs no run; the caller tries another.
      if (opening !== "auto") hear({ type: "failed", error, ...known });
    },
  });

  const open = async (choice: DeviceChoice): Promise<DeviceReport> => {
    opening = choice;
    try {
      return await openOr(rpc, choice);
    } finally {
      opening = null;
    }
  };

  heartbeat(() => rpc.running, () => rpc.call("ping", {}), (silent) => hear({ type: "silence", silent }));
  saveWhenLeaving(() => {
    if (rpc.running) void rpc.call("save", {}).catch(() => undefined);
  });

  return {
    async call(call, input) {
      // The browser may ask the person: not before there is something to keep.
      if (call === "start") void navigator.storage?.persist?.().catch(() => false);
      if (call === "start" || call === "resume") void rpc.call("limit", { most: readBound() }).catch(() => undefined);
      if (call !== "open") return rpc.call(call, input);
      const report = await open((input as TrainerCalls["open"][0]).device);
      known = { ...known, device: report.kind };
      return report as TrainerCalls[typeof call][1];
    },
    onEvent: (listener) => void listeners.add(listener),
    restart(error = noAnswer(known.resumable)) {
      if (!rpc.running) return;
      rpc.restart(error);
      hear({ type: "failed", error, ...known });
    },
  };
}

function noAnswer(resumable: boolean): PatchworkError {
  const help = resumable ? "Go on from the last checkpoint" : "Start the run again";
  return problem("device", "The trainer did not answer and was ended", help);
}

/** Opens a device; where the automatic choice kills the worker, the CPU takes its place. */
async function openOr(rpc: Rpc<TrainerCalls>, choice: DeviceChoice): Promise<DeviceReport> {
  const died = rpc.crashes;
  try {
    return await rpc.call("open", { device: choice });
  } catch (error) {
    if (choice !== "auto" || rpc.crashes === died) throw error;
    const report = await rpc.call("open", { device: "cpu" });
    return { ...report, note: "The graphics card failed when it was opened, so training runs on the CPU." };
  }
}

/** Tells a new worker what it cannot find out, and lends it the page's store in case it gets none. */
function greeted(worker: Worker, store: Store, device: DeviceChoice): Worker {
  const { port1, port2 } = new MessageChannel();
  lendStore(store, port1);
  const hello: Hello = { hello: { store: port2, durable: store.durable, device } };
  worker.postMessage(hello, [port2]);
  return worker;
}

/** A hidden page may never come back: the last moment to keep things. */
function saveWhenLeaving(save: () => void): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  globalThis.addEventListener("pagehide", save);
}
