/** Counts what the trainer's worker does and asks of WebGPU, one training step at a time. */
import type { BrowserContext, Page } from "@playwright/test";
import { beforeTrainer, trainer } from "./worker.js";

/** What happened from the end of one turn of the training loop to the end of the next. */
export interface Turn {
  dispatches: number;
  submits: number;
  /** Bytes that were given to the device. */
  uploaded: number;
  /** Bytes of each buffer that was mapped to be read: figures are small, the arrays of a checkpoint are not. */
  reads: number[];
  milliseconds: number;
}

/** Puts counters into the trainer's worker. */
export async function countSteps(context: BrowserContext): Promise<void> {
  await beforeTrainer(context, `
    self.turns = [];
    {
      const none = () => ({ dispatches: 0, submits: 0, uploaded: 0, reads: [], start: performance.now() });
      let turn = none();
      const watch = (owner, method, see) => {
        const original = owner?.prototype[method];
        if (!original) return;
        owner.prototype[method] = function (...args) {
          see(this, ...args);
          return original.apply(this, args);
        };
      };
      const dispatched = () => void (turn.dispatches += 1);
      watch(self.GPUComputePassEncoder, "dispatchWorkgroups", dispatched);
      watch(self.GPUComputePassEncoder, "dispatchWorkgroupsIndirect", dispatched);
      watch(self.GPUQueue, "submit", () => void (turn.submits += 1));
      watch(self.GPUQueue, "writeBuffer", (queue, buffer, at, data, from = 0, size = undefined) => {
        const unit = data.BYTES_PER_ELEMENT ?? 1;
        turn.uploaded += size === undefined ? data.byteLength - from * unit : size * unit;
      });
      watch(self.GPUDevice, "createBuffer", (device, { size, mappedAtCreation }) => {
        if (mappedAtCreation) turn.uploaded += size;
      });
      watch(self.GPUBuffer, "mapAsync", (buffer, mode, from = 0, size = buffer.size - from) => {
        if (mode === self.GPUMapMode.READ) turn.reads.push(size);
      });

      // After each step the loop lets waiting messages be heard: by one of its own, which says nothing.
      const post = MessagePort.prototype.postMessage;
      MessagePort.prototype.postMessage = function (...args) {
        if (args[0] === null) {
          const { start, ...counts } = turn;
          self.turns.push({ ...counts, milliseconds: performance.now() - start });
          turn = none();
        }
        return post.apply(this, args);
      };
      // Live weights for the canvas are no part of a step.
      self.addEventListener("message", (event) => {
        if (event.data.call === "watch") event.stopImmediatePropagation();
      });
    }`);
}

/** The turns so far. The first only starts the loop. */
export async function countedTurns(page: Page): Promise<Turn[]> {
  const turns = await trainer(page).evaluate(() => (globalThis as unknown as { turns: Turn[] }).turns);
  return turns.slice(1);
}
