/** Counts what the trainer's worker does and requests from WebGPU, one training step at a time. */
import type { BrowserContext, Page } from "@playwright/test";
import { beforeTrainer, trainer } from "./worker.js";

/** The counts from the end of one iteration of the training loop to the end of the next. */
export interface Turn {
  dispatches: number;
  submits: number;
  /** Bytes uploaded to the device. */
  uploaded: number;
  /** Bytes of each buffer mapped for reading: figures are small, the arrays of a checkpoint are not. */
  reads: number[];
  milliseconds: number;
}

/** Installs counters in the trainer's worker. */
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
 * Makes every launch in the trainer's worker empty: it is issued as usual, but with no workgroups. What is left of a
 * step is the worker's own work, on any adapter. The model then learns nothing meaningful.
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

/** Records `turn` after each step, then starts again. */
function turns(turn: string, anew: string): string {
  return `
      // After each step the loop lets waiting messages be handled, by posting an empty message of its own.
      const post = MessagePort.prototype.postMessage;
      MessagePort.prototype.postMessage = function (...args) {
        if (args[0] === null) {
          self.turns.push(${turn});
          ${anew}
        }
        return post.apply(this, args);
      };
      // Live weights for the canvas are not part of a step.
      self.addEventListener("message", (event) => {
        if (event.data.call === "watch") event.stopImmediatePropagation();
      });`;
}

/** The number of turns, and of launches in them; may be called while steps are measured. */
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
