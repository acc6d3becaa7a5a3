/** The worker's end of the protocol: a call comes in, its handler answers. */
import { failure, plain, problem } from "../client/errors.js";
import { whyItStopped } from "./panic.js";
import type { CallTable } from "../client/rpc.js";
import type { PatchworkError } from "../protocol/engine.js";
import type { FromWorker } from "../protocol/messages.js";

/** One function for each call. */
export type Handlers<Calls extends CallTable<Calls>> = {
  [K in keyof Calls]: (input: Calls[K][0]) => Calls[K][1] | Promise<Calls[K][1]>;
};

/** The source of calls and target of answers: this worker's global scope, or a port. */
export interface Wire {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: "message" | "messageerror", listener: (event: Event) => void): void;
}

interface Incoming {
  id: number;
  call: string;
  input: unknown;
}

const page = globalThis as unknown as Wire;

/** Sends a message to the page; objects in `transfer` are transferred. */
export function post<Event>(message: FromWorker<Event>, transfer: Transferable[] = [], wire: Wire = page): void {
  wire.postMessage(message, transfer);
}

/** Tells the page that this worker can no longer be used. */
export function reportCrash(error: PatchworkError, wire: Wire = page): void {
  post<never>({ crashed: error }, [], wire);
}

/** Answers calls until the worker ends. */
export function serve<Calls extends CallTable<Calls>>(handlers: Handlers<Calls>, wire: Wire = page): void {
  const table = new Map(Object.entries(handlers as unknown as Record<string, (input: unknown) => unknown>));
  const answer = async ({ id, call, input }: Incoming): Promise<void> => {
    try {
      const handler = table.get(call);
      if (handler === undefined) throw failure(unknownCall(call));
      const output = await handler(input);
      post({ id, ok: true, output }, buffersOf(output), wire);
    } catch (thrown) {
      post({ id, ok: false, error: toPatchworkError(thrown) }, [], wire);
      if (isTrap(thrown)) reportCrash(toPatchworkError(thrown), wire);
    }
  };
  wire.addEventListener("message", (event) => {
    const { data } = event as MessageEvent<Partial<Incoming> | null>;
    if (data?.call !== undefined) void answer(data as Incoming);
  });
  // The call is unknown, so it could never be answered.
  wire.addEventListener("messageerror", () => reportCrash(problem("device", "A message of the page could not be read"), wire));
}

/** Page and worker are built together, so the page mixes files of two versions. */
function unknownCall(call: string): PatchworkError {
  return problem("device", `The engine does not know the call "${call}"`, "Reload the page: a newer version may have been published");
}

/** The errors for exhausted stack or memory other than traps, as worded by the three browsers. */
const OUT_OF = /call stack|recursion|out of memory|allocation failed|could not allocate/i;

/** Whether this is a panic of the module, or exhausted memory: the module can no longer be used. */
export function isTrap(thrown: unknown): boolean {
  if (thrown instanceof WebAssembly.RuntimeError) return true;
  const name = thrown instanceof Error ? thrown.name : "";
  return (name === "RangeError" || name === "InternalError") && OUT_OF.test((thrown as Error).message);
}

/** Anything thrown as an error for the page. */
export function toPatchworkError(thrown: unknown): PatchworkError {
  if (!isTrap(thrown)) return plain(thrown);
  return problem("device", whyItStopped(thrown), "It is being restarted");
}

/** The buffers of arrays in an answer, which are transferred to the page instead of copied. */
function buffersOf(output: unknown): Transferable[] {
  const values = ArrayBuffer.isView(output) ? [output] : Object.values(output ?? {});
  return [...new Set(values.filter((value) => ArrayBuffer.isView(value)).map(({ buffer }) => buffer as ArrayBuffer))];
}
