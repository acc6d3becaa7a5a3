/**
 * What tabs of this page tell each other, and which runs others have in training.
 *
 * A run in training is held by a lock of the browser, which goes with the tab however that ends; messages only say that
 * there is something to look at, or ask for something. A tab that does not answer is not believed to have obeyed.
 */
import { failure, problem } from "./errors.js";
import { report } from "./report.js";

/** What is told. */
export type News =
  /** Kept runs changed. */
  | { type: "runs" }
  /** Someone wants to delete this run: who trains it ends it. */
  | { type: "end"; id: string }
  | { type: "deleted"; id: string }
  /** All that is kept is to be deleted: who trains ends it, and nobody writes any more. */
  | { type: "forget" };

const CHANNEL = "patchwork";
const LOCK = "patchwork run ";
/** How long a tab that trains has to end its run: a step, and a checkpoint. */
const PATIENCE = 15_000;

let channel: BroadcastChannel | null = null;

/** The channel, where the browser has one. */
function open(): BroadcastChannel | null {
  if (channel === null && typeof BroadcastChannel !== "undefined") channel = new BroadcastChannel(CHANNEL);
  return channel;
}

/** Tells the other tabs. */
export function tellTabs(news: News): void {
  open()?.postMessage(news);
}

/** Hears what other tabs tell. */
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

/** Does something to a run that nobody trains; whoever does is asked to end it first. Fails where they do not. */
export async function whenEnded<T>(id: string, work: () => Promise<T>): Promise<T> {
  // Only secure pages have locks.
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
    throw held ? thrown : failure(inTraining);
  }
}

/** Waits until no run is in training, but not for ever. */
export async function allEnded(milliseconds: number): Promise<void> {
  for (let waited = 0; waited < milliseconds && (await runsInTraining()).size > 0; waited += 100) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const inTraining = problem(
  "device", "This run is in training in another tab, which did not stop it", "Stop it there, or close that tab, then try again",
);
