/**
 * Typed calls to a worker: ids, answers, events, and a new worker after a crash.
 *
 *             call                     crash: error, unreadable message, `crashed`
 *   no worker ────► a worker, calls open ───────────────────────────────► no worker
 *       ▲                    │  ▲   │                                     (open calls fail, then `onCrash`)
 *       └──── restart ───────┘  └───┘ call, answer, event
 *
 * Messages from a terminated worker are ignored. A call that cannot be sent fails alone.
 */
import type { PatchworkError } from "../protocol/engine.js";
import type { FromWorker } from "../protocol/messages.js";
import { ofEngine, t } from "../text/language.js";
import { failure, plain, problem } from "./errors.js";
import { tellAll } from "./report.js";

/** Calls by name: input and output. */
export type CallTable<Calls> = { [K in keyof Calls]: [input: unknown, output: unknown] };

/** The other end: a worker, or a port with the same interface. */
export interface Endpoint {
  postMessage(message: unknown, transfer: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface Rpc<Calls extends CallTable<Calls>> {
  /** Starts the worker at the first call. Objects in `transfer` are transferred. */
  call<K extends keyof Calls>(call: K, input: Calls[K][0], transfer?: Transferable[]): Promise<Calls[K][1]>;
  /** Terminates the worker; open calls fail with `reason`. The next call starts a new one. */
  restart(reason: PatchworkError): void;
  /** Whether a worker is running. */
  readonly running: boolean;
  /** The number of open calls. */
  readonly waiting: number;
  /** The number of crashed workers. */
  readonly crashes: number;
}

export interface RpcOptions<Event> {
  /** For people: "trainer". */
  name: string;
  /** Starts a worker. */
  start: () => Endpoint;
  /** Finds out why its script did not load: a worker without one reports nothing. */
  missing: () => Promise<PatchworkError>;
  onEvent?: (event: Event) => void;
  /** The worker, or the module in it, crashed. It has already been terminated. */
  onCrash: (error: PatchworkError) => void;
}

interface Open {
  resolve: (output: never) => void;
  reject: (error: Error) => void;
}

/** A connection to a worker. */
export function connect<Calls extends CallTable<Calls>, Event>(options: RpcOptions<Event>): Rpc<Calls> {
  const open = new Map<number, Open>();
  let worker: Endpoint | null = null;
  /** Whether the worker has sent anything yet. */
  let spoke = false;
  let lastId = 0;
  let crashes = 0;

  const end = (reason: PatchworkError): void => {
    worker?.terminate();
    worker = null;
    const failed = [...open.values()];
    open.clear();
    for (const { reject } of failed) reject(failure(reason));
  };

  const crash = (error: PatchworkError): void => {
    crashes += 1;
    end(error);
    tellAll([options.onCrash], error);
  };

  const receive = (message: FromWorker<Event>): void => {
    if ("event" in message) return options.onEvent && tellAll([options.onEvent], message.event);
    if ("crashed" in message) return crash(message.crashed);
    const waiting = open.get(message.id);
    open.delete(message.id);
    if (message.ok) waiting?.resolve(message.output as never);
    else waiting?.reject(failure(message.error));
  };

  const begin = (): Endpoint => {
    const started = options.start();
    const own = <E>(hear: (event: E) => void) => (event: E): void => {
      if (started === worker) hear(event);
    };
    started.onmessage = own(({ data }: MessageEvent<FromWorker<Event>>) => {
      spoke = true;
      receive(data);
    });
    // The call it answered is unknown, and must not wait forever.
    started.onmessageerror = own(() => crash(problem("device", t("A message of the {part} could not be read", { part: ofEngine(options.name) }))));
    started.onerror = (event) => {
      event.preventDefault();
      if (started !== worker) return;
      if (event.message) return crash(stopped(event.message, options.name, spoke));
      void options.missing().then((reason) => {
        if (started === worker) crash(reason);
      });
    };
    spoke = false;
    return started;
  };

  const send = (id: number, message: unknown, transfer: Transferable[]): void => {
    try {
      worker ??= begin();
      worker.postMessage(message, transfer);
    } catch (thrown) {
      open.get(id)?.reject(failure(plain(thrown)));
      open.delete(id);
    }
  };

  return {
    call: (call, input, transfer = []) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        open.set(id, { resolve, reject });
        send(id, { id, call, input }, transfer);
      }),
    restart: end,
    get running() {
      return worker !== null;
    },
    get waiting() {
      return open.size;
    },
    get crashes() {
      return crashes;
    },
  };
}

function stopped(message: string, name: string, spoke: boolean): PatchworkError {
  const part = ofEngine(name);
  if (spoke) return problem("device", t("The {part} stopped: {error}", { part, error: message }));
  const help = t("Some browsers fail at this occasionally: try again, and reload the page if it fails again");
  return problem("device", t("The {part} stopped while it was starting ({error})", { part, error: message }), help);
}
