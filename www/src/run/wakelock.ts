/** Keeps the screen awake while a run is in training. A browser that refuses is left alone. */

/** Turns the lock on and off; it is taken again whenever the page becomes visible. */
export function wakeLock(): (wanted: boolean) => void {
  let wanted = false;
  let lock: WakeLockSentinel | null = null;
  let asking = false;

  const take = async (): Promise<void> => {
    if (!("wakeLock" in navigator) || asking || document.hidden || (lock && !lock.released)) return;
    asking = true;
    // Refused on a low battery or by policy: training goes on, the screen may sleep.
    lock = await navigator.wakeLock.request("screen").catch(() => null);
    asking = false;
    if (!wanted) drop();
  };
  const drop = (): void => {
    void lock?.release().catch(() => undefined);
    lock = null;
  };
  document.addEventListener("visibilitychange", () => {
    if (wanted) void take();
  });
  return (on) => {
    wanted = on;
    if (on) void take();
    else drop();
  };
}
