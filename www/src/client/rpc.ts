/** Typed calls to a worker: ids, answers, events, and a new worker where the old one died. */
import type { PatchworkError } from "../protocol/engine.js";
import type { FromWorker } from "../protocol/messages.js";
import { scriptUrl } from "../ui/trusted.js";
import { failure, problem } from "./errors.js";
import { whyMissing } from "./files.js";

/** Calls by name: what goes in, what comes out. */
export type CallTable<Calls> = { [K in keyof Calls]: [input: unknown, output: unknown] };

export interface Rpc<Calls extends CallTable<Calls>> {
  /** Starts the worker at the first call. What is in `transfer` is given away. */
  call<K extends keyof Calls>(call: K, input: Calls[K][0], transfer?: Transferable[]): Promise<Calls[K][1]>;
  /** Ends the worker; what was open fails with `reason`. The next call starts a new one. */
  restart(reason: PatchworkError): void;
  /** Whether a worker is there. */
  readonly running: boolean;
  /** How many workers have died. */
  readonly crashes: number;
}

export interface RpcOptions<Event> {
  url: string;
  name: string;
  /** What a new worker is told first. */
  greet?: (worker: Worker) => void;
  onEvent?: (event: Event) => void;
  /** The worker, or the module in it, died. It has been ended already. */
  onCrash: (error: PatchworkError) => void;
}

interface Open {
  resolve: (output: never) => void;
  reject: (error: Error) => void;
}

/** A connection to a worker. */
export function connect<Calls extends CallTable<Calls>, Event>(options: RpcOptions<Event>): Rpc<Calls> {
  const open = new Map<number, Open>();
  let worker: Worker | null = null;
  let lastId = 0;
  let crashes = 0;

  const end = (reason: PatchworkError): void => {
    worker?.terminate();
    worker = null;
    for (const { reject } of open.values()) reject(failure(reason));
    open.clear();
  };

  const crash = (error: PatchworkError): void => {
    if (worker === null) return;
    crashes += 1;
    end(error);
    options.onCrash(error);
  };

  const receive = (message: FromWorker<Event>): void => {
    if ("event" in message) return options.onEvent?.(message.event);
    if ("crashed" in message) return crash(message.crashed);
    const waiting = open.get(message.id);
    open.delete(message.id);
    if (message.ok) waiting?.resolve(message.output as never);
    else waiting?.reject(failure(message.error));
  };

  const start = (): Worker => {
    const started = new Worker(scriptUrl(options.url), { type: "module", name: options.name });
    started.onmessage = ({ data }: MessageEvent<FromWorker<Event>>) => {
      if (started === worker) receive(data);
    };
    started.onerror = (event) => {
      event.preventDefault();
      void reasonOf(event, options).then((reason) => {
        if (started === worker) crash(reason);
      });
    };
    options.greet?.(started);
    return started;
  };

  return {
    call: (call, input, transfer = []) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        const id = ++lastId;
        open.set(id, { resolve, reject });
        worker.postMessage({ id, call, input }, transfer);
      }),
    restart: end,
    get running() {
      return worker !== null;
    },
    get crashes() {
      return crashes;
    },
  };
}

/** A worker whose script did not come says nothing at all: the server knows why. */
async function reasonOf(
  { message }: Partial<ErrorEvent>, { name, url }: Pick<RpcOptions<never>, "name" | "url">,
): Promise<PatchworkError> {
  if (message !== undefined && message !== "") return problem("device", `The ${name} stopped: ${message}`);
  return whyMissing(url, `The ${name}`);
}
