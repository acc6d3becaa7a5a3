/**
 * Notices when a worker neither answers nor fails: it is asked for a sign of life now and then, which it gives
 * between two pieces of its work.
 *
 * What counts is how often the page looked in vain, not the clock: a computer that slept makes nobody silent.
 */

/** Milliseconds between two looks. */
const BEAT = 5_000;
/**
 * Looks in vain that are silence: two minutes. Kernels are compiled and files are read in shorter pieces. One
 * step of a huge model on a slow machine may take longer, so silence is said, and nobody is ended for it.
 */
const PATIENCE = 24;
/** Where only steps are taken, and their time is known: twenty times that, and at least so many seconds. */
const TIMES = 20;
const LEAST = 10;

/** What the heartbeat is of. */
export interface Watched {
  /** Whether somebody is there. */
  there(): boolean;
  /** Asks for a sign of life. */
  ask(): Promise<unknown>;
  /** Seconds between two answers as they usually are; null where that is not known, or something longer was asked for. */
  usual(): number | null;
}

/** Asks while somebody is there; `changed` hears when they fall silent, when it is two minutes, and when it is over. */
export function heartbeat({ there, ask, usual }: Watched, changed: (silent: boolean, seconds: number) => void): void {
  let vain = 0;
  let said = false;
  const heard = (): void => {
    vain = 0;
    if (said) changed(false, 0);
    said = false;
  };
  const patience = (): number => {
    const seconds = usual();
    // The first look only asks.
    return seconds === null ? PATIENCE : Math.min(PATIENCE, 1 + Math.ceil((Math.max(LEAST, TIMES * seconds) * 1000) / BEAT));
  };
  setInterval(() => {
    if (!there()) return;
    // Who was ended answers, too: what was asked of them is refused.
    if (vain === 0) void ask().then(heard, heard);
    vain += 1;
    if ((said || vain < patience()) && vain !== PATIENCE) return;
    said = true;
    changed(true, (vain * BEAT) / 1000);
  }, BEAT);
}
