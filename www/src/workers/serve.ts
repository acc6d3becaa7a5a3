/** The worker's end of the wire: a call comes in, its handler answers. */
import { plain, problem } from "../client/errors.js";
import { whyItStopped } from "./panic.js";
import type { CallTable } from "../client/rpc.js";
import type { PatchworkError } from "../protocol/engine.js";
import type { FromWorker } from "../protocol/messages.js";

/** One function for each call. */
export type Handlers<Calls extends CallTable<Calls>> = {
  [K in keyof Calls]: (input: Calls[K][0]) => Calls[K][1] | Promise<Calls[K][1]>;
};

interface Incoming {
  id: number;
  call: string;
  input: unknown;
}

/** Sends a message to the page; what is in `transfer` is given away. */
export function post<Event>(message: FromWorker<Event>, transfer: Transferable[] = []): void {
  (globalThis as unknown as { postMessage(message: unknown, transfer: Transferable[]): void }).postMessage(
    message,
    transfer,
  );
}

/** Tells the page that this worker is past help. */
export function sayCrashed(error: PatchworkError): void {
  post<never>({ crashed: error });
}

/** Answers calls until the worker ends. */
export function serve<Calls extends CallTable<Calls>>(handlers: Handlers<Calls>): void {
  const table = handlers as unknown as Record<string, (input: unknown) => unknown>;
  const answer = async ({ id, call, input }: Incoming): Promise<void> => {
    try {
      const output = await table[call]?.(input);
      post({ id, ok: true, output }, buffersOf(output));
    } catch (thrown) {
      post({ id, ok: false, error: told(thrown) });
      if (isTrap(thrown)) sayCrashed(told(thrown));
    }
  };
  globalThis.addEventListener("message", (event) => {
    const { data } = event as MessageEvent<Partial<Incoming>>;
    if (data.call !== undefined) void answer(data as Incoming);
  });
}

/** A panic of the module, or memory that ran out: nothing of the module can be used any more. */
export function isTrap(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
}

/** What was thrown, as the page is told. */
export function told(thrown: unknown): PatchworkError {
  if (!isTrap(thrown)) return plain(thrown);
  return problem("device", whyItStopped(thrown), "It is started anew");
}

/** The memory of arrays in an answer, which moves to the page instead of being copied. */
function buffersOf(output: unknown): Transferable[] {
  const values = ArrayBuffer.isView(output) ? [output] : Object.values(output ?? {});
  return [...new Set(values.filter((value) => ArrayBuffer.isView(value)).map(({ buffer }) => buffer as ArrayBuffer))];
}
