/**
 * Uses bind groups again. The engine makes one for each launch of a kernel, and a training step launches the same
 * kernels on the same buffers as the step before: nearly all of them were there already.
 *
 * A group is found by the objects that it was made of, and can be reached only as long as all of them are: each is a
 * key of a WeakMap in the one before. So a buffer that the engine lets go takes its groups with it.
 */

/**
 * Groups that are kept. A step of `small` needs some two thousand until all repeat; where every launch is told something
 * new (dropout), they would never end.
 */
export const MOST_GROUPS = 8192;

/** Groups that begin with the same objects. */
class Branch {
  readonly next = new WeakMap<object, Branch>();
  /** Of just these objects, by numbers and parts of the buffers. */
  readonly groups = new Map<string, GPUBindGroup>();

  /** Those that go on with `key`. */
  on(key: object): Branch {
    let branch = this.next.get(key);
    if (branch === undefined) this.next.set(key, branch = new Branch());
    return branch;
  }
}

/** Makes this worker's devices use their bind groups, and pipelines their layouts, again. */
export function reuseBindGroups(): void {
  if (typeof GPUDevice === "undefined") return;
  const layouts = new WeakMap<GPUComputePipeline, GPUBindGroupLayout[]>();
  const layout = GPUComputePipeline.prototype.getBindGroupLayout;
  // Each call gives a new object, by which no group would be found.
  GPUComputePipeline.prototype.getBindGroupLayout = function (this: GPUComputePipeline, index) {
    let known = layouts.get(this);
    if (known === undefined) layouts.set(this, known = []);
    return known[index] ??= layout.call(this, index);
  };

  let root = new Branch();
  let kept = 0;
  const create = GPUDevice.prototype.createBindGroup;
  GPUDevice.prototype.createBindGroup = function (this: GPUDevice, descriptor) {
    // A layout belongs to one device, so the device need not be asked.
    let branch = root.on(descriptor.layout);
    let parts = "";
    for (const { binding, resource } of descriptor.entries) {
      // Textures and samplers, of which the engine has none.
      if (!("buffer" in resource)) return create.call(this, descriptor);
      branch = branch.on(resource.buffer);
      parts += `${binding} ${resource.offset ?? 0} ${resource.size ?? ""},`;
    }
    let group = branch.groups.get(parts);
    if (group === undefined) {
      branch.groups.set(parts, group = create.call(this, descriptor));
      kept += 1;
      if (kept > MOST_GROUPS) [root, kept] = [new Branch(), 0];
    }
    return group;
  };
}
