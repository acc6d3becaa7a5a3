/**
 * Whether work makes progress: being alive is not enough. Work is timed by what it is (a training step, an evaluation, a
 * part that another worker computes), and what takes many times its usual time is late.
 *
 * Time is counted in looks, a second apart, not by the clock: a computer that slept makes nothing late.
 */

import type { Late } from "../../protocol/messages.js";

const BEAT_MS = 1_000;
/** Late is what takes so many times its usual time, and at least so many seconds. */
const TIMES = 20;
const LEAST = 10;
/** Before it is known how long something usually takes (kernels are compiled, modules arrive): two minutes. */
const UNKNOWN = 120;
/** What is usual is the mean, and known after so many; where most are quick and some wait for those before them, after more. */
const KNOWN_AFTER = 3;

/** Something that is late: what it is as it was called, when it began, and the seconds that it usually takes. */
export type Overdue = Omit<Late, "shared">;

export interface Pace {
  /** Does a piece of work, and times it. What is usual is known after `knownAfter` of its kind. */
  time<T>(what: string, work: () => Promise<T>, knownAfter?: number): Promise<T>;
  /** What is usual is another now: another run, another device. */
  forget(): void;
}

interface Open {
  what: string;
  since: number;
  looks: number;
  /** Seconds that it usually takes; null where that is not known. */
  usual: number | null;
}

/** What one kind of work took so far. */
interface Times {
  count: number;
  seconds: number;
}

/** Times work; `changed` hears what is late, the longest first, whenever that changes. */
export function createPace(changed: (late: Overdue[]) => void): Pace {
  const usual = new Map<string, Times>();
  const open = new Set<Open>();
  let late: Open[] = [];
  let timer: ReturnType<typeof setInterval> | undefined;

  const check = (): void => {
    for (const one of open) one.looks += 1;
    tell([...open].filter((one) => one.looks >= patience(one.usual)));
  };
  const tell = (now: Open[]): void => {
    if (now.length === late.length && now.every((one) => late.includes(one))) return;
    late = now;
    const sorted = [...late].sort((one, other) => one.since - other.since);
    changed(sorted.map(({ looks: _, ...one }) => one));
  };

  return {
    async time(what, work, knownAfter = KNOWN_AFTER) {
      const own: Open = { what, since: Date.now(), looks: 0, usual: mean(usual.get(what), knownAfter) };
      const begun = performance.now();
      open.add(own);
      timer ??= setInterval(check, BEAT_MS);
      try {
        const output = await work();
        const { count, seconds } = usual.get(what) ?? { count: 0, seconds: 0 };
        usual.set(what, { count: count + 1, seconds: seconds + (performance.now() - begun) / 1000 });
        return output;
      } finally {
        open.delete(own);
        if (late.includes(own)) tell(late.filter((one) => one !== own));
        if (open.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      }
    },
    forget: () => usual.clear(),
  };
}

/** Seconds that something may take. */
function patience(usual: number | null): number {
  return usual === null ? UNKNOWN : Math.max(LEAST, TIMES * usual);
}

function mean(times: Times | undefined, knownAfter: number): number | null {
  return times === undefined || times.count < knownAfter ? null : times.seconds / times.count;
}
