/** Paths: the built page, the shared data, the output folder of the tests. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** The repository. */
export const root = resolve(import.meta.dirname, "..", "..", "..");

/** The folder with the built page. */
export const dist = resolve(process.env["PATCHWORK_DIST"] ?? join(root, "dist"));

/** Data that we may not publish. */
export const shared = resolve(process.env["PATCHWORK_SHARED"] ?? join(root, "..", "shared"));

/** Traces, screenshots, figures. */
export const output = join(resolve(root, process.env["CARGO_TARGET_DIR"] ?? "target"), "browser");

/** The folder of the built page, or what is missing. */
export function builtPage(): string {
  if (!existsSync(join(dist, "index.html"))) {
    throw new Error(`There is no built page in ${dist}: build it first, or set PATCHWORK_DIST`);
  }
  return dist;
}
