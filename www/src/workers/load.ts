/** Fetches a WebAssembly module, once. */
import { failure, isPatchworkError, problem } from "../client/errors.js";
import { fetchFile } from "../client/files.js";
import type { PatchworkError } from "../protocol/engine.js";

declare const __WASM__: string;

interface Loadable {
  default(input: { module_or_path: Promise<Response> }): Promise<unknown>;
}

/** The module, ready for use; a failed download may be tried again. */
export function loader<M extends Loadable>(module: M): () => Promise<M> {
  let loading: Promise<M> | null = null;
  const load = async (): Promise<M> => {
    try {
      await module.default({ module_or_path: fetchFile(new URL(__WASM__, import.meta.url).href, "The engine") });
      return module;
    } catch (thrown) {
      loading = null;
      throw failure(explained(thrown));
    }
  };
  return () => (loading ??= load());
}

function explained(thrown: unknown): PatchworkError {
  if (isPatchworkError(thrown)) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return problem("device", `The engine could not start (${why})`, "A current browser with WebAssembly SIMD is needed");
}
