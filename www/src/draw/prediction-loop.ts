/** Asks the predictor what it makes of the drawing: at most one question at a time, the newest wins. */
import type { PredictorClient } from "../client/predictor.js";
import type { Prediction } from "../protocol/engine.js";
import type { Drawing } from "../protocol/messages.js";
import { measureFrame } from "./geometry.js";

/** What becomes of an answer. `settled`: no newer drawing waits. */
export interface PredictionHandlers {
  predicted: (prediction: Prediction | null, settled: boolean) => void;
  failed: (error: Error) => void;
  /** There is no model yet. */
  unready: () => void;
}

/** Asks, once there is a model. */
export interface PredictionLoop {
  /** Looks at this drawing (null: nothing) as soon as the one before is done with. */
  ask(drawing: Drawing | null): void;
  /** A model is in use: looks at what was asked for last, again if need be. */
  modelChanged(): void;
}

/** Creates a looker that waits for its first model. */
export function createPredictionLoop(predictor: PredictorClient, handlers: PredictionHandlers): PredictionLoop {
  let last: Drawing | null = null;
  let waiting = false;
  let busy = false;
  let ready = false;

  const predict = async (): Promise<void> => {
    if (busy || !ready || !waiting || last === null) return;
    [busy, waiting] = [true, false];
    const answer = predictor.call("predict", { drawing: last });
    const remember = measureFrame(last);
    try {
      const found = await answer.finally(next);
      // Cleared meanwhile: that was answered at once.
      if (last === null) return;
      if (found) remember(found);
      handlers.predicted(found, !busy);
    } catch (error) {
      handlers.failed(error as Error);
    }
  };
  /** The next question is asked before the answer is shown: the model looks while the page paints. */
  const next = (): void => {
    busy = false;
    void predict();
  };

  return {
    ask(drawing) {
      last = drawing;
      waiting = drawing !== null;
      if (drawing === null) handlers.predicted(null, true);
      else if (ready) void predict();
      else handlers.unready();
    },
    modelChanged() {
      ready = true;
      waiting = last !== null;
      void predict();
    },
  };
}
