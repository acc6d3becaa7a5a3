/** Fetches a WebAssembly module, once. */
import { failure, isPatchworkError, problem } from "../client/errors.js";
import { fetchFile } from "../client/files.js";
import type { PatchworkError } from "../protocol/engine.js";

declare const __WASM__: string;

interface Loadable {
  default(input: { module_or_path: WebAssembly.Module }): Promise<unknown>;
}

export interface Loader<M> {
  /** The module, ready for use; a failed download can be retried. */
  load(): Promise<M>;
  /** The compiled module, for other workers. */
  compiled(): Promise<WebAssembly.Module>;
  /** Bytes of the module's memory, which never shrinks. */
  memory(): Promise<number>;
  /** Uses a module compiled by another worker, without fetching it. */
  give(compiled: WebAssembly.Module): void;
}

/** Loads the module of this glue code. */
export function loader<M extends Loadable>(glue: M): Loader<M> {
  let compiling: Promise<WebAssembly.Module> | null = null;
  let loading: Promise<M> | null = null;
  const compiled = (): Promise<WebAssembly.Module> => {
    compiling ??= compile();
    return compiling;
  };
  const load = async (): Promise<M> => {
    try {
      await glue.default({ module_or_path: await compiled() });
      return glue;
    } catch (thrown) {
      compiling = loading = null;
      throw failure(explained(thrown));
    }
  };
  return {
    load: () => (loading ??= load()),
    compiled,
    async memory() {
      await (loading ??= load());
      // A module that is initialised only gives its exports.
      const { memory } = (await glue.default({ module_or_path: await compiled() })) as { memory: WebAssembly.Memory };
      return memory.buffer.byteLength;
    },
    give: (module) => void (compiling = Promise.resolve(module)),
  };
}

async function compile(): Promise<WebAssembly.Module> {
  const response = await fetchFile(new URL(__WASM__, import.meta.url).href, () => "The engine");
  const type = response.headers.get("content-type") ?? "";
  // Some hosts serve these files with a wrong type.
  if (type.startsWith("application/wasm")) return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

function explained(thrown: unknown): PatchworkError {
  if (isPatchworkError(thrown)) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return problem("device", `The engine could not start (${why})`, "A current browser with WebAssembly SIMD is needed");
}
