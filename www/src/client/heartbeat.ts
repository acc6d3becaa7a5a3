/**
 * Notices when a worker neither answers nor fails: it is pinged regularly, and answers between two pieces of work.
 *
 * Unanswered checks are counted instead of clock time, so that a sleeping computer makes no worker silent.
 */

/** Milliseconds between two checks. */
const BEAT = 5_000;
/**
 * Unanswered checks that count as silence: two minutes. Compiling kernels and reading files happen in shorter pieces. A
 * single step of a huge model on a slow machine may take longer, so silence is reported, but does not end the worker.
 */
const PATIENCE = 24;
/** If only steps are taken and their time is known: this many times that, with a minimum in seconds. */
const TIMES = 20;
const LEAST = 10;

/** What the heartbeat watches. */
export interface Watched {
  /** Whether the worker is running. */
  there(): boolean;
  /** Pings the worker. */
  ask(): Promise<unknown>;
  /** The usual seconds between two answers; null if unknown, or if something longer was requested. */
  usual(): number | null;
}

/** Pings the worker while it runs; calls `changed` when it falls silent, after two minutes, and when it answers again. */
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
    // The first check only pings.
    return seconds === null ? PATIENCE : Math.min(PATIENCE, 1 + Math.ceil((Math.max(LEAST, TIMES * seconds) * 1000) / BEAT));
  };
  setInterval(() => {
    if (!there()) return;
    // A terminated worker answers, too: its open requests are rejected.
    if (vain === 0) void ask().then(heard, heard);
    vain += 1;
    if ((said || vain < patience()) && vain !== PATIENCE) return;
    said = true;
    changed(true, (vain * BEAT) / 1000);
  }, BEAT);
}
