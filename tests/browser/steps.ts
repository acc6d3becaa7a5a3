/**
 * The time of a training step and a prediction in the page, for batches of 128, compared in turns with steps of other
 * systems: `cargo xtask bench --page`. Environment variables, lists separated by commas:
 *
 *   PATCHWORK_BENCH_PRESETS   models (tiny,small); any preset that the page offers
 *   PATCHWORK_BENCH_DEVICES   cpu, gpu (the CPU, and WebGPU unless on a software adapter)
 *   PATCHWORK_BENCH_PEERS     the folder of the other systems' harness
 *   PATCHWORK_BENCH_SYSTEMS   which of them (jaxjs-wasm beside the CPU, jaxjs-webgpu beside WebGPU)
 *   PATCHWORK_BENCH_ROUNDS    turns of each (3, on WebGPU 1)
 *   PATCHWORK_BENCH_STEPS     measured steps on the CPU in each turn, a multiple of 10 (20)
 *   PATCHWORK_BENCH_JSON      a file for all figures
 *   PATCHWORK_BENCH_PEAKS     a file with the machine's peak performance (`--peaks` of the native benchmark)
 *
 * On a software adapter the counts are those of any adapter; the times are not.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Browser, BrowserContext } from "@playwright/test";
import { counted, countedTurns, countSteps, launchNothing, type Turn } from "./helpers/counter.js";
import { quantile, type Task, tasks } from "./helpers/measure.js";
import { installPeers, runPeer } from "./helpers/peers.js";
import { expect, test } from "./helpers/test.js";
import { builtin, openWith, text } from "./helpers/training.js";
import { keepWorkers, looks } from "./helpers/workers.js";

const BATCH = 128;
/** Images of an epoch, for its duration: MNIST's training images without those for validation. */
const EPOCH = 54_000;
/** Kernels are compiled in the first steps. */
const WARM_UP = 3;
/** Steps with empty launches: warm-up steps, in which V8 compiles hot code, and measured ones. */
const HOST = { warmUp: 120, measured: 100 };
const LOOKS = 200;

const DEVICES = ["cpu", "gpu"] as const;

type Device = (typeof DEVICES)[number];

const asked = (name: string): string | undefined => process.env[`PATCHWORK_BENCH_${name}`];
const list = (name: string): string[] | undefined => asked(name)?.split(",").filter((word) => word !== "");
const median = (values: readonly number[]): number => quantile(values, 0.5);
/** Whole intervals between reads of loss and accuracy, at every tenth step. All are in the first epoch. */
const MEASURED = { cpu: Number(asked("STEPS") ?? 20), gpu: 10 };

/** One system's figures of all its turns, times in milliseconds. */
interface Row {
  system: string;
  device: Device;
  preset: string;
  /** A step, averaged over each turn: a device works in the background until it is asked for something. */
  steps: number[];
  /**
   * The CPU time of the worker's thread per step, on average. On WebGPU with empty launches, so that a software adapter
   * does not compete for caches and cores.
   */
  host: number;
  dispatches?: number;
  submits?: number;
  uploaded?: number;
  /** Bytes read in all measured steps of a turn. */
  read?: number;
  /** The page's main thread. */
  main?: number;
  look?: number;
  lookThereAndBack?: number;
}

const rows: Row[] = [];

for (const device of DEVICES.filter((one) => list("DEVICES")?.includes(one) ?? true)) {
  for (const preset of list("PRESETS") ?? ["tiny", "small"]) {
    test(`${preset} on ${device}`, async ({ browser, context, url }) => {
      const peers = asked("PEERS");
      const systems = list("SYSTEMS") ?? [device === "cpu" ? "jaxjs-wasm" : "jaxjs-webgpu"];
      const beside = systems.filter((system) => system.endsWith(device === "cpu" ? "wasm" : "webgpu"));
      const copy = peers === undefined ? "" : await installPeers(peers);
      const ours: Row = { system: "Patchwork", device, preset, steps: [], host: NaN };
      const theirs = new Map(beside.map((system): [string, Row] => [system, { system, device, preset, steps: [], host: NaN }]));
      await countSteps(context);
      const rounds = Number(asked("ROUNDS") ?? (device === "cpu" ? 3 : 1));
      for (let round = 0; round < rounds; round++) {
        if (!(await measure(ours, url, browser, context))) {
          process.stdout.write(`${preset} on ${device}: left out, no graphics card but a CPU in disguise\n`);
          return;
        }
        if (device === "gpu") await measureHost(ours, url, browser);
        for (const [system, row] of copy === "" ? [] : theirs) await measurePeer(row, system, copy);
      }
      rows.push(ours, ...[...theirs.values()].filter(({ steps }) => steps.length > 0));
    });
  }
}

test.afterAll(() => {
  if (rows.length > 0) process.stdout.write(`\n${table(rows)}\n`);
  const file = asked("JSON");
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(rows, null, 2)}\n`);
});

/** One turn of ours, in a new page. Returns whether there was a device. */
async function measure(row: Row, url: string, browser: Browser, context: BrowserContext): Promise<boolean> {
  const page = await context.newPage();
  await keepWorkers(page);
  await openWith(page, url, `${row.preset};epochs=9;batch_size=${BATCH};clip_norm=0`, row.device);
  await builtin(page, "6000");
  await page.locator("#run-start").click();
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 120_000 });
  const software = (await text(page, "#status")).includes("software");
  if (row.device === "gpu" && software && list("DEVICES") === undefined) {
    await page.close();
    return false;
  }
  const stepsDone = async (count: number): Promise<void> => {
    await expect.poll(async () => {
      const { length } = await countedTurns(page);
      if (row.device === "gpu") process.stderr.write(`${length} of ${count} steps\r`);
      return length;
    }, { timeout: 3_000_000, intervals: [500] }).toBeGreaterThanOrEqual(count);
  };
  await stepsDone(WARM_UP);
  let before = 0;
  let turns: Turn[] = [];
  const count = MEASURED[row.device];
  const threads = await tasks(browser, page, async () => {
    before = (await countedTurns(page)).length;
    await stepsDone(before + count);
    turns = await countedTurns(page);
  });
  await expect(page.locator("#run-epoch-text"), "the steps are those of the first epoch").toHaveText(/step/);
  const perStep = (of: readonly Task[]): number => computed(of) / (turns.length - before);
  if (row.device === "cpu") row.host = Math.min(row.host || Infinity, perStep(threads.workers));
  row.main = Math.min(row.main ?? Infinity, perStep(threads.main));
  add(row, turns.slice(before, before + count));
  await page.locator("#run-pause").click();
  await expect(page.locator("#run-state")).toHaveText("Paused.", { timeout: 600_000 });
  if (row.device === "cpu") {
    const measured = await looks(page, LOOKS);
    row.look = Math.min(row.look ?? Infinity, median(measured.worker));
    row.lookThereAndBack = Math.min(row.lookThereAndBack ?? Infinity, median(measured.page));
  }
  await page.close();
  return true;
}

/** The worker's own work for a step on WebGPU, in a new browser context. */
async function measureHost(row: Row, url: string, browser: Browser): Promise<void> {
  const context = await browser.newContext();
  await launchNothing(context);
  const page = await context.newPage();
  await openWith(page, url, `${row.preset};epochs=9;batch_size=${BATCH};clip_norm=0`, "gpu");
  // One epoch contains all steps, so that no validation comes between them.
  for (let i = 0; i < 2; i++) await builtin(page, "20000");
  await page.locator("#run-start").click();
  const done = async (count: number): Promise<{ turns: number; dispatches: number }> => {
    const enough = async (): Promise<boolean> => (await counted(page)).turns >= count;
    await expect.poll(enough, { timeout: 600_000, intervals: [200] }).toBe(true);
    return counted(page);
  };
  await expect(page.locator("#run-state")).toHaveText("Training.", { timeout: 120_000 });
  let before = await done(HOST.warmUp);
  let after = before;
  const { workers } = await tasks(browser, page, async () => {
    before = await counted(page);
    after = await done(before.turns + HOST.measured);
  });
  await expect(page.locator("#run-epoch-text"), "the steps are those of the first epoch").toHaveText(/step/);
  const steps = after.turns - before.turns;
  expect((after.dispatches - before.dispatches) / steps, "as many launches as with work").toBeCloseTo(row.dispatches ?? NaN, -1);
  row.host = Math.min(row.host || Infinity, computed(workers) / steps);
  await context.close();
}

/** Milliseconds of CPU time. */
function computed(tasks: readonly Task[]): number {
  return tasks.reduce((sum, { cpu }) => sum + cpu, 0);
}

function add(row: Row, measured: Turn[]): void {
  const total = (key: "milliseconds" | "uploaded" | "dispatches" | "submits"): number => measured.reduce((sum, turn) => sum + turn[key], 0);
  row.steps.push(total("milliseconds") / measured.length);
  if (row.device === "cpu") return;
  // On average: the worker runs ahead, and the launches of a step may be submitted in the turn of a later one.
  row.dispatches = total("dispatches") / measured.length;
  row.submits = total("submits") / measured.length;
  expect(row.dispatches, "the counters count").toBeGreaterThan(0);
  row.uploaded = total("uploaded") / measured.length;
  row.read = measured.flatMap(({ reads }) => reads).reduce((sum, bytes) => sum + bytes, 0);
}

async function measurePeer(row: Row, system: string, copy: string): Promise<void> {
  const run = await runPeer(copy, system, row.preset, MEASURED[row.device]);
  row.system = `${system} ${run.version}`;
  row.steps.push(run.ms_per_step);
  row.host = Math.min(row.host || Infinity, run.enqueue_ms_per_step);
  row.look = Math.min(row.look ?? Infinity, run.batch1_ms);
  if (row.device === "cpu") return;
  row.dispatches = run.dispatches_per_step;
  row.submits = run.submits_per_step;
}

/** The limits of a step, measured natively: multiplications and additions per second, and those of a step. */
interface Limits {
  peaks: Record<string, number>;
  operations: Record<string, number>;
}

/** The share of the device's peak that a step's matrix products reach, as text. */
function ofPeak({ device, preset, steps }: Row, { peaks, operations }: Limits): string {
  const [, peak] = Object.entries(peaks).find(([name]) => name.startsWith(device)) ?? [];
  const computed = operations[preset];
  if (peak === undefined || computed === undefined) return "-";
  return `${(100 * computed / (median(steps) / 1000) / peak).toFixed(1)} %`;
}

/** The rows in Markdown. */
function table(all: readonly Row[]): string {
  const number = (value: number | undefined, digits: number): string =>
    value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits);
  const file = asked("PEAKS");
  const limits: Limits = file === undefined ? { peaks: {}, operations: {} } : JSON.parse(readFileSync(file, "utf8")) as Limits;
  const cells = (row: Row): string[] => [
    row.device, row.system, row.preset,
    `${number(median(row.steps), 1)} (${number(Math.min(...row.steps), 1)})`,
    number(BATCH * 1000 / median(row.steps), 0), number(Math.ceil(EPOCH / BATCH) * median(row.steps) / 1000, 0), ofPeak(row, limits),
    number(row.host, 2), number(row.main, 2), number(row.dispatches, 0), number(row.submits, 0),
    number(row.uploaded === undefined ? undefined : row.uploaded / 1000, 1), number(row.read, 0),
    number(row.look, 2), number(row.lookThereAndBack, 2),
  ];
  const lines = [
    ["device", "system", "preset", "ms/step (fastest turn)", "images/s", "s/epoch", "of peak", "host ms", "page ms", "dispatches", "submits",
      "kB up", "bytes read", "predict ms", "there and back"],
    ...all.map(cells),
  ];
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const line = (of: string[]): string => `| ${of.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [titles = [], ...rest] = lines;
  return [line(titles), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rest.map(line), ""].join("\n");
}
