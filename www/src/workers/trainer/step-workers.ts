/** How the trainer gets step workers: the page starts them (see client/step-workers.ts). */
import type { Endpoint } from "../../client/rpc.js";

/** The name of a step worker. */
export const STEP_WORKER = "step-worker";

/** The trainer's requests to the page. */
export type WorkerRequest = { start: number; line: MessagePort } | { end: number };
/** The page's answer. */
export interface WorkerFailure {
  failed: number;
  /** The reason, if the browser gives one. */
  message: string;
}

/** Starts workers through `page`; each first gets the message `first`. */
export function workersFrom(page: MessagePort): (first: Promise<unknown>) => Endpoint {
  const started = new Map<number, Endpoint>();
  let last = 0;
  page.onmessage = ({ data: { failed, message } }: MessageEvent<WorkerFailure>) => {
    started.get(failed)?.onerror?.({ message, preventDefault: () => undefined } as ErrorEvent);
  };
  return (first) => {
    const id = ++last;
    const { port1: line, port2: other } = new MessageChannel();
    page.postMessage({ start: id, line: other } satisfies WorkerRequest, [other]);
    const endpoint = endpointOn(line, first, () => {
      started.delete(id);
      page.postMessage({ end: id } satisfies WorkerRequest);
    });
    started.set(id, endpoint);
    return endpoint;
  };
}

/** A port with the interface of a worker. Messages wait until `first` has been sent. */
function endpointOn(line: MessagePort, first: Promise<unknown>, ended: () => void): Endpoint {
  let open = true;
  const sent = first.then((message) => {
    if (open) line.postMessage(message);
  });
  const endpoint: Endpoint = {
    onmessage: null,
    onmessageerror: null,
    onerror: null,
    postMessage: (message, transfer) =>
      void sent.then(() => {
        if (open) line.postMessage(message, transfer);
      }).catch((thrown: unknown) => {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        endpoint.onerror?.({ message, preventDefault: () => undefined } as ErrorEvent);
      }),
    terminate() {
      open = false;
      line.close();
      ended();
    },
  };
  line.onmessage = (event) => endpoint.onmessage?.(event);
  line.onmessageerror = (event) => endpoint.onmessageerror?.(event);
  return endpoint;
}
