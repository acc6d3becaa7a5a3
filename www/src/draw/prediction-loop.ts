/** Requests predictions for the drawing: at most one at a time, and the newest drawing wins. */
import type { PredictorClient } from "../client/predictor.js";
import type { Prediction } from "../protocol/engine.js";
import type { Drawing } from "../protocol/messages.js";
import { measureFrame } from "./geometry.js";

/** Handles the predictions. `settled`: no newer drawing is waiting. */
export interface PredictionHandlers {
  predicted: (prediction: Prediction | null, settled: boolean) => void;
  failed: (error: Error) => void;
  /** There is no model yet. */
  unready: () => void;
}

/** Requests predictions once there is a model. */
export interface PredictionLoop {
  /** Predicts this drawing (null: none) as soon as the previous prediction is finished. */
  ask(drawing: Drawing | null): void;
  /** A model was loaded: predicts the latest drawing, again if necessary. */
  modelChanged(): void;
}

/** Creates a loop that waits for its first model. */
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
      // Cleared in the meantime: that was answered immediately.
      if (last === null) return;
      if (found) remember(found);
      handlers.predicted(found, !busy);
    } catch (error) {
      handlers.failed(error as Error);
    }
  };
  /** The next request is sent before the answer is shown: the model computes while the page paints. */
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
