/** The glue that wasm-bindgen wrote, put in by the build. */
declare module "wasm:predictor" {
  const init: import("../protocol/wasm.js").PredictorModule["default"];
  export default init;
  export const Predictor: import("../protocol/wasm.js").PredictorModule["Predictor"];
  export const image_of_strokes: import("../protocol/wasm.js").PredictorModule["image_of_strokes"];
  export const image_of_ink: import("../protocol/wasm.js").PredictorModule["image_of_ink"];
  export const presets: import("../protocol/wasm.js").PredictorModule["presets"];
  export const limits: import("../protocol/wasm.js").PredictorModule["limits"];
  export const check: import("../protocol/wasm.js").PredictorModule["check"];
  export const limits: import("../protocol/wasm.js").PredictorModule["limits"];
  export const deform: import("../protocol/wasm.js").PredictorModule["deform"];
  export const builtin_digit: import("../protocol/wasm.js").PredictorModule["builtin_digit"];
}
declare module "wasm:trainer" {
  const init: import("../protocol/wasm.js").TrainerModule["default"];
  export default init;
  export const StepWorker: import("../protocol/wasm.js").TrainerModule["StepWorker"];
  export const open_cpu: import("../protocol/wasm.js").TrainerModule["open_cpu"];
  export const open_graphics: import("../protocol/wasm.js").TrainerModule["open_graphics"];
}
