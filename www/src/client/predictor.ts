/** The predictor as seen by the page. After a crash it restarts with its model. */
import { PREDICTOR_WORKER_URL } from "../assets.js";
import type { PatchworkError } from "../protocol/engine.js";
import type { PredictorCalls } from "../protocol/messages.js";
import { scriptUrl } from "../ui/trusted.js";
import { whyMissing } from "./files.js";
import { connect } from "./rpc.js";

export interface PredictorClient {
  call<K extends keyof PredictorCalls>(call: K, input: PredictorCalls[K][0]): Promise<PredictorCalls[K][1]>;
}

/** A predictor that crashes more often is given up. */
const MOST_CRASHES = 3;

/** Starts the predictor at its first call. `onTrouble` is called after a crash that a restart could not fix. */
export function startPredictor(onTrouble: (error: PatchworkError) => void): PredictorClient {
  let weights: Uint8Array | null = null;
  const rpc = connect<PredictorCalls, never>({
    name: "predictor",
    start: () => new Worker(scriptUrl(PREDICTOR_WORKER_URL), { type: "module", name: "predictor" }),
    missing: () => whyMissing(PREDICTOR_WORKER_URL, "The predictor"),
    onCrash: (error) => {
      if (rpc.crashes > MOST_CRASHES) return onTrouble(error);
      if (weights !== null) rpc.call("use", { weights }).catch(onTrouble);
    },
  });

  return {
    async call(call, input) {
      const output = await rpc.call(call, input);
      if (call === "use") ({ weights } = input as PredictorCalls["use"][0]);
      return output;
    },
  };
}
