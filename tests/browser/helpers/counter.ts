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

      ${turns("{ ...turn, milliseconds: performance.now() - turn.start }", "turn = none();")}
    }`);
}

/**
 * Takes the work out of every launch in the trainer's worker: each goes out as it would, but with no workgroups. What is
 * left of a step is what the worker itself does for it, on any adapter. What the model learns is nonsense then.
 */
export async function launchNothing(context: BrowserContext): Promise<void> {
  await beforeTrainer(context, `
    self.turns = [];
    {
      let dispatches = 0;
      const dispatch = self.GPUComputePassEncoder.prototype.dispatchWorkgroups;
      self.GPUComputePassEncoder.prototype.dispatchWorkgroups = function () {
        dispatches += 1;
        return dispatch.call(this, 0);
      };
      ${turns("{ dispatches }", "dispatches = 0;")}
    }`);
}

/** Keeps what `turn` says after each step, then starts again. */
function turns(turn: string, anew: string): string {
  return `
      // After each step the loop lets waiting messages be heard: by one of its own, which says nothing.
      const post = MessagePort.prototype.postMessage;
      MessagePort.prototype.postMessage = function (...args) {
        if (args[0] === null) {
          self.turns.push(${turn});
          ${anew}
        }
        return post.apply(this, args);
      };
      // Live weights for the canvas are no part of a step.
      self.addEventListener("message", (event) => {
        if (event.data.call === "watch") event.stopImmediatePropagation();
      });`;
}

/** How many turns there were, and launches in them: what may be asked while steps are measured. */
export function counted(page: Page): Promise<{ turns: number; dispatches: number }> {
  return trainer(page).evaluate(() => {
    const { turns } = globalThis as unknown as { turns: { dispatches: number }[] };
    return { turns: turns.length, dispatches: turns.reduce((sum, turn) => sum + turn.dispatches, 0) };
  });
}

/** The turns so far. The first only starts the loop. */
export async function countedTurns(page: Page): Promise<Turn[]> {
  const turns = await trainer(page).evaluate(() => (globalThis as unknown as { turns: Turn[] }).turns);
  return turns.slice(1);
}
