/**
 * Reuses bind groups. The engine creates one for each kernel launch, and a training step launches the same kernels on
 * the same buffers as the step before, so nearly all of them already exist.
 *
 * A group is found through the objects it was made of, and is reachable only as long as all of them are: each is a key
 * of a WeakMap in the one before. So a buffer that the engine releases takes its groups with it.
 */

/**
 * The most groups to keep. A step of `small` needs about two thousand until all repeat; if each step has new uniform
 * values (dropout), the number would grow without limit.
 */
export const MOST_GROUPS = 8192;

/** Groups that share their first objects. */
class Branch {
  readonly next = new WeakMap<object, Branch>();
  /** Groups of exactly these objects, by the offsets and sizes of their buffers. */
  readonly groups = new Map<string, GPUBindGroup>();

  /** The branch that continues with `key`. */
  on(key: object): Branch {
    let branch = this.next.get(key);
    if (branch === undefined) this.next.set(key, branch = new Branch());
    return branch;
  }
}

/** Makes this worker's devices reuse their bind groups, and pipelines their layouts. */
export function reuseBindGroups(): void {
  if (typeof GPUDevice === "undefined") return;
  const layouts = new WeakMap<GPUComputePipeline, GPUBindGroupLayout[]>();
  const layout = GPUComputePipeline.prototype.getBindGroupLayout;
  // Each call returns a new object, so no group would be found through it.
  GPUComputePipeline.prototype.getBindGroupLayout = function (this: GPUComputePipeline, index) {
    let known = layouts.get(this);
    if (known === undefined) layouts.set(this, known = []);
    return known[index] ??= layout.call(this, index);
  };

  let root = new Branch();
  let kept = 0;
  const create = GPUDevice.prototype.createBindGroup;
  GPUDevice.prototype.createBindGroup = function (this: GPUDevice, descriptor) {
    // A layout belongs to one device, so the device need not be a key.
    let branch = root.on(descriptor.layout);
    let parts = "";
    for (const { binding, resource } of descriptor.entries) {
      // Textures and samplers, which the engine does not use.
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
