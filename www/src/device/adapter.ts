/** The browser's graphics adapter, and whether the engine can use it. */

/** The result of the search. */
export type Finding =
  | { fit: true; name: string; software: boolean }
  | { fit: false; lack: "no-webgpu" | "no-adapter" }
  | { fit: false; lack: "unfit"; name: string; software: boolean; missing: string };

/** Limits that the engine's kernels need. */
const NEEDED = [
  ["maxComputeInvocationsPerWorkgroup", 256, "workgroups of 256 invocations"],
  ["maxStorageBuffersPerShaderStage", 8, "8 storage buffers for each shader"],
  ["maxComputeWorkgroupStorageSize", 16384, "16 KiB of workgroup memory"],
] as const;

/** Names of adapters that compute on the CPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

/** Queries the browser; never fails. */
export async function findAdapter(): Promise<Finding> {
  const { gpu } = navigator;
  if (gpu === undefined) return { fit: false, lack: "no-webgpu" };
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  return adapter === null ? { fit: false, lack: "no-adapter" } : assess(adapter);
}

function assess(adapter: GPUAdapter): Finding {
  const name = nameOf(adapter);
  const fallback = adapter.info?.isFallbackAdapter ?? (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter;
  const software = fallback === true || SOFTWARE.test(name);
  const missing = missingIn(adapter);
  return missing === null ? { fit: true, name, software } : { fit: false, lack: "unfit", name, software, missing };
}

function missingIn({ features, limits }: GPUAdapter): string | null {
  // Without it the engine's profiler panics.
  if (!features.has("timestamp-query")) return "timestamps (the feature timestamp-query)";
  const short = NEEDED.find(([limit, least]) => !(limits[limit] >= least));
  return short === undefined ? null : short[2];
}

/** The adapter's name. Browsers hide much of it. */
function nameOf({ info }: GPUAdapter): string {
  const name = [info?.vendor, info?.description || info?.architecture || info?.device].filter(Boolean).join(" ");
  return name === "" ? "graphics adapter" : name;
}
