/** A module that panics says why on the console, then traps without a word: remembers what it said. */

let said: string | null = null;

/** Listens to the console from now on. */
export function rememberPanics(): void {
  const { error } = console;
  console.error = (...args: unknown[]) => {
    if (typeof args[0] === "string" && args[0].includes("panicked at")) said = args[0];
    error.apply(console, args);
  };
}

/** Why the module stopped, as one sentence for people. */
export function whyItStopped(thrown: unknown): string {
  // "panicked at FILE:LINE:COLUMN:\nMESSAGE", then a stack.
  const [, message] = said?.split("\n") ?? [];
  if (message !== undefined && message !== "") return `The engine stopped because of an internal error (${message})`;
  const text = thrown instanceof Error ? thrown.message : "";
  const memory = "It may have run out of memory";
  const why = text === "" || text === "unreachable" ? "" : ` (${text})`;
  return `The engine stopped${why}. ${memory}`;
}
