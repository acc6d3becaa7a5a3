/** Fetches a WebAssembly module, once. */
import { failure, problem } from "../client/errors.js";

declare const __WASM__: string;

interface Loadable {
  default(input: { module_or_path: URL | string }): Promise<unknown>;
}

/** The module, ready for use; a failed download may be tried again. */
export function loader<M extends Loadable>(module: M): () => Promise<M> {
  let loading: Promise<M> | null = null;
  const load = async (): Promise<M> => {
    try {
      await module.default({ module_or_path: new URL(__WASM__, import.meta.url) });
      return module;
    } catch (thrown) {
      loading = null;
      throw failure(explained(thrown));
    }
  };
  return () => (loading ??= load());
}

function explained(thrown: unknown) {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof TypeError) {
    return problem("network", `The engine could not be fetched (${why})`, "Check the connection, then reload the page");
  }
  return problem("device", `The engine could not start (${why})`, "A current browser with WebAssembly SIMD is needed");
}
