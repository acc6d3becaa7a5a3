/** Fetches a WebAssembly module, once. */
import { failure, isPatchworkError, problem } from "../client/errors.js";
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
      await module.default({ module_or_path: download() });
      return module;
    } catch (thrown) {
      loading = null;
      throw failure(explained(thrown));
    }
  };
  return () => (loading ??= load());
}

async function download(): Promise<Response> {
  const response = await fetch(new URL(__WASM__, import.meta.url)).catch((thrown: unknown) => {
    const why = thrown instanceof Error ? ` (${thrown.message})` : "";
    throw failure(problem("network", `The engine could not be fetched${why}`, "Check the connection, then try again"));
  });
  if (response.ok) return response;
  const help = "A newer version of the page may have been published: reload the page";
  throw failure(problem("network", `The server does not have the engine (it says ${response.status})`, help));
}

function explained(thrown: unknown): PatchworkError {
  if (isPatchworkError(thrown)) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return problem("device", `The engine could not start (${why})`, "A current browser with WebAssembly SIMD is needed");
}
