/** Keeps the screen awake while a run is in training, if the browser allows it. */

/** Requests or releases the lock; it is requested again whenever the page becomes visible. */
export function wakeLock(): (wanted: boolean) => void {
  let wanted = false;
  let lock: WakeLockSentinel | null = null;
  let asking = false;

  const take = async (): Promise<void> => {
    if (!("wakeLock" in navigator) || asking || document.hidden || (lock && !lock.released)) return;
    asking = true;
    // Refused because of a low battery or a policy: training continues, the screen may sleep.
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
