/** A script of the page for Node, without its types. */
import * as esbuild from "esbuild";

/** A file's script bundled with its imports. */
export async function bundled(path) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [path],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
  });
  return outputFiles[0].text;
}
