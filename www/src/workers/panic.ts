/** A module that panics logs the reason to the console, then traps without it: remembers the message. */

let said: string | null = null;

/** Records console messages from now on. */
export function rememberPanics(): void {
  const { error } = console;
  console.error = (...args: unknown[]) => {
    if (typeof args[0] === "string" && args[0].includes("panicked at")) said = args[0];
    error.apply(console, args);
  };
}

/** Why the module stopped, as one sentence for the user. */
export function whyItStopped(thrown: unknown): string {
  // "panicked at FILE:LINE:COLUMN:\nMESSAGE", then a stack.
  const [, message] = said?.split("\n") ?? [];
  if (message !== undefined && message !== "") return `The engine stopped because of an internal error (${message})`;
  const text = thrown instanceof Error ? thrown.message : "";
  return text === "" || text === "unreachable"
    ? "The engine stopped. It may have run out of memory" : `The engine stopped (${text}). It may have run out of memory`;
}
