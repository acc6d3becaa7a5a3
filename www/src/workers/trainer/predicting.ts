/** Predictions for a file by any model: batch by batch, so that a run in training goes on in between. */
import type { TrainerCalls } from "../../protocol/messages.js";
import { nextTurn, turns } from "../turns.js";
import type { Engine } from "./engine.js";
import type { MessageQueue } from "./message-queue.js";

/** Predicts the images of a file; gives the table. */
export type Predict = (input: TrainerCalls["predict"][0]) => Promise<string>;

/** Predictions on an engine, of one file at a time. */
export function createPredicting(engine: Engine, messages: MessageQueue): Predict {
  const inTurn = turns();
  return ({ id, weights }) =>
    inTurn(async () => {
      await engine.use((trainer) => trainer.begin_predictions(id, weights));
      for (;;) {
        const [done = 0, total = 0] = await engine.use((trainer) => trainer.predict_batch());
        messages.emit({ type: "predicting", id, done, total });
        if (done >= total) return engine.use((trainer) => trainer.end_predictions());
        await nextTurn();
      }
    });
}
