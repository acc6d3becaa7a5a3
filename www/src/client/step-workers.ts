/**
 * The workers that share the trainer's steps. The page starts them, because nested workers bypass the service worker in
 * some browsers, and would miss its cached files. They then communicate with the trainer, not with the page.
 *
 *   trainer ── start, with a port ──► page ── the port ──► new worker
 *           ◄────── failed ──────────
 *           ─────── end ────────────►
 */
import { TRAINER_WORKER_URL } from "../assets.js";
import { scriptUrl } from "../ui/trusted.js";
import { STEP_WORKER, type WorkerFailure, type WorkerRequest } from "../workers/trainer/step-workers.js";

/** Starts and ends workers for the trainer at the other end of `port`; returns a function that ends them all. */
export function lendWorkers(port: MessagePort): () => void {
  const workers = new Map<number, Worker>();
  const end = (id: number): void => {
    workers.get(id)?.terminate();
    workers.delete(id);
  };
  const fail = (id: number, message: string): void => {
    end(id);
    port.postMessage({ failed: id, message } satisfies WorkerFailure);
  };
  const start = (id: number, line: MessagePort): void => {
    const worker = new Worker(scriptUrl(TRAINER_WORKER_URL), { type: "module", name: STEP_WORKER });
    worker.onerror = (event) => {
      event.preventDefault();
      fail(id, event.message ?? "");
    };
    workers.set(id, worker);
    worker.postMessage({ line }, [line]);
  };
  port.onmessage = ({ data }: MessageEvent<WorkerRequest>) => {
    if ("end" in data) return end(data.end);
    try {
      start(data.start, data.line);
    } catch (thrown) {
      fail(data.start, thrown instanceof Error ? thrown.message : String(thrown));
    }
  };
  return () => {
    port.close();
    for (const id of [...workers.keys()]) end(id);
  };
}
