/** Asks the predictor what it makes of the drawing: at most one question at a time, the newest wins. */
import type { PredictorClient } from "../client/predictor.js";
import type { Look } from "../protocol/engine.js";
import type { Drawing } from "../protocol/messages.js";
import { rememberFrame } from "./geometry.js";

/** What becomes of an answer. `settled`: no newer drawing waits. */
export interface LookHandlers {
  looked: (look: Look | null, settled: boolean) => void;
  failed: (error: Error) => void;
  /** There is no model yet. */
  unready: () => void;
}

/** Asks, once there is a model. */
export interface Looker {
  /** Looks at this drawing (null: nothing) as soon as the one before is done with. */
  ask(drawing: Drawing | null): void;
  /** A model is in use: looks at what was asked for last, again if need be. */
  modelChanged(): void;
}

/** Creates a looker that waits for its first model. */
export function createLooker(predictor: PredictorClient, handlers: LookHandlers): Looker {
  let last: Drawing | null = null;
  let waiting = false;
  let busy = false;
  let ready = false;

  const look = async (drawing: Drawing): Promise<void> => {
    try {
      const found = await predictor.call("look", { drawing });
      // Cleared meanwhile: that was answered at once.
      if (last === null) return;
      if (found) rememberFrame(found, drawing);
      handlers.looked(found, !waiting);
    } catch (error) {
      handlers.failed(error as Error);
    }
  };

  const run = async (): Promise<void> => {
    if (busy || !ready) return;
    busy = true;
    while (waiting && last) {
      waiting = false;
      await look(last);
    }
    busy = false;
  };

  return {
    ask(drawing) {
      last = drawing;
      waiting = drawing !== null;
      if (drawing === null) handlers.looked(null, true);
      else if (ready) void run();
      else handlers.unready();
    },
    modelChanged() {
      ready = true;
      waiting = last !== null;
      void run();
    },
  };
}
