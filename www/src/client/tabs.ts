/**
 * Messages between tabs of this page, and the runs that other tabs train.
 *
 * A run in training holds a lock of the browser, which is released whenever and however the tab ends; messages only
 * announce changes or make requests. A tab that does not answer is not assumed to have complied.
 */
import type { PatchworkError } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { failure, problem } from "./errors.js";
import { report } from "./report.js";

/** The messages. */
export type News =
  /** The stored runs changed. */
  | { type: "runs" }
  /** Another tab wants to delete this run: its trainer must end it. */
  | { type: "end"; id: string }
  | { type: "deleted"; id: string }
  /** All stored data is about to be deleted: training must end, and nothing may be written any more. */
  | { type: "forget" };

const CHANNEL = "patchwork";
const LOCK = "patchwork run ";
/** The time that a tab has to end its run: a step, and a checkpoint. */
const PATIENCE = 15_000;

let channel: BroadcastChannel | null = null;

/** The channel, if the browser has one. */
function open(): BroadcastChannel | null {
  if (channel === null && typeof BroadcastChannel !== "undefined") channel = new BroadcastChannel(CHANNEL);
  return channel;
}

/** Sends a message to the other tabs. */
export function tellTabs(news: News): void {
  open()?.postMessage(news);
}

/** Listens to messages of other tabs. */
export function onNews(listener: (news: News) => void): void {
  open()?.addEventListener("message", ({ data }: MessageEvent<News>) => {
    try {
      listener(data);
    } catch (thrown) {
      report(thrown);
    }
  });
}

/** The runs that are in training, here or in another tab. */
export async function runsInTraining(): Promise<Set<string>> {
  const locks = await navigator.locks?.query().catch(() => null);
  const names = locks?.held?.flatMap(({ name }) => name ?? []) ?? [];
  return new Set(names.filter((name) => name.startsWith(LOCK)).map((name) => name.slice(LOCK.length)));
}

/** The name of the lock of a run. */
export function lockOf(id: string): string {
  return LOCK + id;
}

/** Does something to a run that no tab trains, after asking a tab that does to end it. Fails if that does not happen. */
export async function whenEnded<T>(id: string, work: () => Promise<T>): Promise<T> {
  // Only secure contexts have locks.
  if (navigator.locks === undefined) return work();
  if ((await runsInTraining()).has(id)) tellTabs({ type: "end", id });
  const signal = AbortSignal.timeout(PATIENCE);
  let held = false;
  try {
    return await navigator.locks.request(lockOf(id), { signal }, () => {
      held = true;
      return work();
    });
  } catch (thrown) {
    throw held ? thrown : failure(inTraining());
  }
}

/** Waits until no run is in training, up to a limit. */
export async function allEnded(milliseconds: number): Promise<void> {
  for (let waited = 0; waited < milliseconds && (await runsInTraining()).size > 0; waited += 100) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function inTraining(): PatchworkError {
  return problem("device", t("This run is in training in another tab, which did not stop it"),
    t("Stop it there, or close that tab, then try again"));
}
