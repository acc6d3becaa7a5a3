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

/** Asks by `ask` while somebody is `there`; `changed` hears when they fall silent, and when that is over. */
export function heartbeat(there: () => boolean, ask: () => Promise<unknown>, changed: (silent: boolean) => void): void {
  let vain = 0;
  const heard = (): void => {
    const silent = vain >= PATIENCE;
    vain = 0;
    if (silent) changed(false);
  };
  setInterval(() => {
    if (!there()) return;
    // Who was ended answers, too: what was asked of them is refused.
    if (vain === 0) void ask().then(heard, heard);
    vain += 1;
    if (vain === PATIENCE) changed(true);
  }, BEAT);
}
