/**
 * The predictor as the page sees it. A crashed one comes back by itself, with its model. A model that the small module
 * does not compute goes to a second worker, over the large one, which is fetched for the first such model.
 */
import { LARGE_PREDICTOR_WORKER_URL, PREDICTOR_WORKER_URL } from "../assets.js";
import type { PatchworkError } from "../protocol/engine.js";
import type { PredictorCalls } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { scriptUrl } from "../ui/trusted.js";
import { isPatchworkError } from "./errors.js";
import { whyMissing } from "./files.js";
import { connect, type Rpc } from "./rpc.js";

export interface PredictorClient {
  call<K extends keyof PredictorCalls>(call: K, input: PredictorCalls[K][0]): Promise<PredictorCalls[K][1]>;
}

/** A predictor that crashes more often is given up. */
const MOST_CRASHES = 3;

/** Starts the predictor at its first call. `onTrouble` is called after a crash that a restart could not fix. */
export function startPredictor(onTrouble: (error: PatchworkError) => void): PredictorClient {
  let weights: Uint8Array | null = null;
  const worker = (url: string, name: string): Rpc<PredictorCalls> => {
    const rpc = connect<PredictorCalls, never>({
      name,
      start: () => new Worker(scriptUrl(url), { type: "module", name }),
      missing: () => whyMissing(url, t("The predictor")),
      onCrash: (error) => {
        if (rpc.crashes > MOST_CRASHES) return onTrouble(error);
        if (weights !== null && rpc === reader) rpc.call("use", { weights }).catch(onTrouble);
      },
    });
    return rpc;
  };
  const small = worker(PREDICTOR_WORKER_URL, "predictor");
  const large = worker(LARGE_PREDICTOR_WORKER_URL, "large-predictor");
  let reader = small;

  const use = async (input: PredictorCalls["use"][0]): Promise<PredictorCalls["use"][1]> => {
    const take = async (rpc: Rpc<PredictorCalls>): Promise<PredictorCalls["use"][1]> => {
      const info = await rpc.call("use", input);
      [reader, weights] = [rpc, input.weights];
      return info;
    };
    try {
      return await take(small);
    } catch (error) {
      if (!isPatchworkError(error) || error.kind !== "unsupported") throw error;
      return take(large);
    }
  };

  const check = async (input: PredictorCalls["check"][0]): Promise<PredictorCalls["check"][1]> => {
    const checked = await small.call("check", input);
    return checked.error?.kind === "unsupported" ? large.call("check", input) : checked;
  };

  return {
    async call(call, input) {
      if (call === "use") return use(input as PredictorCalls["use"][0]) as Promise<never>;
      if (call === "check") return check(input as PredictorCalls["check"][0]) as Promise<never>;
      // The small module knows only the presets that it computes.
      if (call === "presets") return large.call(call, input);
      return (call === "predict" ? reader : small).call(call, input);
    },
  };
}
