/** Programs started by the suite: their output is recorded, and none of them outlives the suite. */
import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";

/** A running program. */
export interface Child {
  /** The output lines of the program and its children. */
  readonly lines: readonly string[];
  /** Waits for an output line that matches, and returns the match. */
  says(pattern: RegExp, milliseconds: number): Promise<RegExpExecArray>;
  /** Ends it with all its children. */
  stop(): Promise<void>;
}

/** The process groups that are running; they end with the suite, even if it is interrupted. */
const groups = new Set<number>();
process.on("exit", () => groups.forEach((group) => signal(group, "SIGKILL")));

/** Starts a program with these environment variables besides our own. */
export function start(program: string, args: readonly string[], variables: NodeJS.ProcessEnv = {}): Child {
  const lines: string[] = [];
  // A separate process group: browsers start programs, which start programs.
  const child = spawn(program, args, { detached: true, env: { ...process.env, ...variables }, stdio: ["ignore", "pipe", "pipe"] });
  const { pid: group } = child;
  if (group !== undefined) groups.add(group);
  let problem: string | null = null;
  child.on("error", (error) => (problem = `${program} cannot start: ${error.message}`));
  const exited = new Promise<void>((done) => {
    child.on("error", () => done());
    child.on("exit", (code, by) => {
      problem ??= `${program} has ended (${by ?? code})`;
      done();
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  return {
    lines,
    says: async (pattern, milliseconds) => {
      const end = Date.now() + milliseconds;
      for (;;) {
        for (const line of lines) {
          const found = pattern.exec(line);
          if (found) return found;
        }
        if (problem !== null) throw new Error(`${problem}. It printed:\n${lines.join("\n")}`);
        if (Date.now() > end) throw new Error(`${program} did not print ${pattern}. It printed:\n${lines.join("\n")}`);
        await pause(20);
      }
    },
    stop: async () => {
      if (group === undefined) return;
      signal(group, "SIGTERM");
      await Promise.race([exited, pause(3_000)]);
      signal(group, "SIGKILL");
      groups.delete(group);
    },
  };
}

/** A local port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((closed) => server.close(() => closed()));
  return port;
}

/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // All of them have ended.
  }
}
