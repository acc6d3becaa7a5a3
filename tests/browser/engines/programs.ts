/** Programs installed on this machine. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Finds a program: the one in an environment variable, else the first of these names on PATH. */
export function program(names: readonly string[], variable: string): string {
  const chosen = process.env[variable];
  if (chosen) return chosen;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(runs);
  if (!found) throw new Error(`There is no ${names.join(" or ")} on PATH: cargo xtask test installs it, or ${variable} names it`);
  return found;
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
