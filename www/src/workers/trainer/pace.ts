/**
 * Checks that work makes progress: being alive is not enough. Work is timed by kind (a training step, an evaluation, a
 * part that another worker computes), and work that takes many times its usual time is late.
 *
 * Time is counted in checks a second apart, not by the clock, so that a sleeping computer makes nothing late.
 */

import type { Late } from "../../protocol/messages.js";

const BEAT_MS = 1_000;
/** Work is late after this many times its usual time, with a minimum in seconds. */
const TIMES = 20;
const LEAST = 10;
/** Seconds before the usual time is known (compiling kernels, loading modules): two minutes. */
const UNKNOWN = 120;
/** The usual time is the mean, known after this many; more are needed if most are quick and some wait for those before them. */
const KNOWN_AFTER = 3;

/** Late work: its name, its start, and the seconds that it usually takes. */
export type Overdue = Omit<Late, "shared">;

export interface Pace {
  /** Does a piece of work, and times it. The usual time is known after `knownAfter` of its kind. */
  time<T>(what: string, work: () => Promise<T>, knownAfter?: number): Promise<T>;
  /** Forgets the usual times: another run, another device. */
  forget(): void;
}

interface Open {
  what: string;
  since: number;
  looks: number;
  /** Seconds that it usually takes; null if unknown. */
  usual: number | null;
}

/** Times of one kind of work so far. */
interface Times {
  count: number;
  seconds: number;
}

/** Times work; `changed` gets the late work, the longest first, whenever that changes. */
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
