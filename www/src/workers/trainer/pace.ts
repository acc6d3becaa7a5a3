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
/** What is usual is known after so many, and is the median of the last ones. */
const KNOWN_AFTER = 3;
const REMEMBERED = 21;

/** Something that is late: what it is as it was called, when it began, and the seconds that it usually takes. */
export type Overdue = Omit<Late, "shared">;

export interface Pace {
  /** Does a piece of work, and times it. */
  time<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** What is usual is another now: another run, another device. */
  forget(): void;
}

interface Open {
  what: string;
  since: number;
  looks: number;
}

/** Times work; `changed` hears what is late, the longest first, whenever that changes. */
export function createPace(changed: (late: Overdue[]) => void): Pace {
  const usual = new Map<string, number[]>();
  const open = new Set<Open>();
  let late: Open[] = [];
  let timer: ReturnType<typeof setInterval> | undefined;

  const look = (): void => {
    for (const one of open) one.looks += 1;
    tell([...open].filter(({ what, looks }) => looks >= patience(usual.get(what))));
  };
  const tell = (now: Open[]): void => {
    if (now.length === late.length && now.every((one) => late.includes(one))) return;
    late = now;
    const sorted = [...late].sort((one, other) => one.since - other.since);
    changed(sorted.map(({ what, since }) => ({ what, since, usual: median(usual.get(what)) })));
  };

  return {
    async time(what, work) {
      const own: Open = { what, since: Date.now(), looks: 0 };
      const begun = performance.now();
      open.add(own);
      timer ??= setInterval(look, BEAT_MS);
      try {
        const output = await work();
        const times = usual.get(what) ?? [];
        usual.set(what, [...times, (performance.now() - begun) / 1000].slice(-REMEMBERED));
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
function patience(times: number[] | undefined): number {
  const known = median(times);
  return known === null ? UNKNOWN : Math.max(LEAST, TIMES * known);
}

function median(times: number[] | undefined): number | null {
  if (times === undefined || times.length < KNOWN_AFTER) return null;
  return [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? null;
}
