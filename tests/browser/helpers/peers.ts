/** Other systems that train in a browser: a harness in a separate folder, which prints one line of JSON per run. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { chromium } from "./chromium.js";
import { output } from "./places.js";

const run = promisify(execFile);

/** The fields of the harness's output that are used here. */
export interface PeerRun {
  ms_per_step: number;
  ms_per_step_min: number;
  batch1_ms: number;
  enqueue_ms_per_step: number;
  dispatches_per_step: number;
  submits_per_step: number;
  loss_first: number;
  version: string;
}

/** Copies the harness and installs its packages, as the folder may be read-only. */
export async function installPeers(folder: string): Promise<string> {
  const copy = join(output, "peers");
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const to = join(copy, relative(folder, path));
    if (!entry.isFile() || path.includes("node_modules")) continue;
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, readFileSync(path));
  }
  if (!existsSync(join(copy, "node_modules"))) await run("npm", ["ci", "--no-fund", "--no-audit"], { cwd: copy });
  return copy;
}

/** Trains with one system, in a separate browser. */
export async function runPeer(copy: string, system: string, config: string, timed: number): Promise<PeerRun> {
  const options = ["--system", system, "--config", config, "--timed", String(timed), "--steps", "0"];
  const { stdout } = await run(process.execPath, ["run.mjs", ...options], {
    cwd: copy, env: { ...process.env, CHROMIUM: chromium() },
  });
  return JSON.parse(stdout) as PeerRun;
}
