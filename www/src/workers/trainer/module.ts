/** The large module, fetched when first needed. */
import * as glue from "wasm:trainer";
import type { TrainerModule } from "../../protocol/wasm.js";
import { loader } from "../load.js";

/** The module: ready for use, or compiled. */
export const module = loader<TrainerModule>(glue);
