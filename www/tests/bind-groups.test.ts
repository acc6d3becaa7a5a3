import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { MOST_GROUPS, reuseBindGroups } from "../src/device/bind-groups.js";

/** The WebGPU of the page's worker, which Node lacks: each call makes a new object, and counts. */
let made = { groups: 0, layouts: 0 };
class Device {
  createBindGroup(_: GPUBindGroupDescriptor): GPUBindGroup {
    made.groups += 1;
    return {} as GPUBindGroup;
  }
}
class Pipeline {
  getBindGroupLayout(_: number): GPUBindGroupLayout {
    made.layouts += 1;
    return {} as GPUBindGroupLayout;
  }
}

before(() => {
  Object.assign(globalThis, { GPUDevice: Device, GPUComputePipeline: Pipeline });
  reuseBindGroups();
});
beforeEach(() => {
  made = { groups: 0, layouts: 0 };
});

const buffer = (): GPUBuffer => ({}) as GPUBuffer;
const whole = (...buffers: GPUBuffer[]): GPUBindGroupEntry[] =>
  buffers.map((buffer, binding) => ({ binding, resource: { buffer, offset: 0, size: 64 } }));

test("a pipeline returns the same layouts each time, and another pipeline others", () => {
  const [one, other] = [new Pipeline(), new Pipeline()];
  assert.equal(one.getBindGroupLayout(0), one.getBindGroupLayout(0));
  assert.notEqual(one.getBindGroupLayout(0), one.getBindGroupLayout(1));
  assert.notEqual(one.getBindGroupLayout(0), other.getBindGroupLayout(0));
  assert.equal(made.layouts, 3);
});

test("a group of the same buffers is made once", () => {
  const [device, layout] = [new Device(), new Pipeline().getBindGroupLayout(0)];
  const [a, b] = [buffer(), buffer()];
  const group = device.createBindGroup({ layout, entries: whole(a, b) });
  assert.equal(device.createBindGroup({ layout, entries: whole(a, b) }), group);
  assert.equal(made.groups, 1);
});

test("whatever differs makes another group", () => {
  const [device, layout] = [new Device(), new Pipeline().getBindGroupLayout(0)];
  const [a, b] = [buffer(), buffer()];
  const [first, second] = whole(a, b) as [GPUBindGroupEntry, GPUBindGroupEntry];
  const part = (place: { offset: number; size?: number }): GPUBindGroupEntry => ({ binding: 1, resource: { buffer: b, ...place } });
  const entries = [
    [first, second], whole(b, a), whole(a), whole(a, b, b), [first, { ...second, binding: 2 }],
    [first, part({ offset: 4, size: 64 })], [first, part({ offset: 0, size: 4 })], [first, part({ offset: 0 })],
  ];
  const groups = entries.map((entries) => device.createBindGroup({ layout, entries }));
  groups.push(device.createBindGroup({ layout: new Pipeline().getBindGroupLayout(0), entries: whole(a, b) }));
  assert.equal(new Set(groups).size, groups.length);
  assert.equal(made.groups, groups.length);
});

test("groups with textures or samplers are left alone", () => {
  const [device, layout] = [new Device(), new Pipeline().getBindGroupLayout(0)];
  const entries = [{ binding: 0, resource: {} as GPUSampler }];
  assert.notEqual(device.createBindGroup({ layout, entries }), device.createBindGroup({ layout, entries }));
});

test("their number is limited", () => {
  const [device, layout] = [new Device(), new Pipeline().getBindGroupLayout(0)];
  const entries = whole(buffer());
  const first = device.createBindGroup({ layout, entries });
  const others = Array.from({ length: MOST_GROUPS + 1 }, () => whole(buffer()));
  for (const entries of others) device.createBindGroup({ layout, entries });
  assert.notEqual(device.createBindGroup({ layout, entries }), first);
});
