/** Notices when a graphics device is lost, whoever opened it: the engine itself may just hang. */

/** Calls `lost` for each device of this worker that is lost. */
export function watchDevices(lost: (message: string) => void): void {
  if (typeof GPUAdapter === "undefined") return;
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, ...args) {
    const device = await request.apply(this, args);
    void device.lost.then(({ message }) => lost(message));
    return device;
  };
}
