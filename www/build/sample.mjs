/** The recorded example of the first visit must match the shipped weights. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { shippedWeights, www } from "./options.mjs";

/** Fails if src/draw/recorded.ts was made with other weights. */
export async function checkSample() {
  if (!existsSync(shippedWeights)) return;
  const source = await readFile(join(www, "src", "draw", "recorded.ts"), "utf8");
  const [, recorded] = /WEIGHTS_SHA256 = "([0-9a-f]{64})"/.exec(source) ?? [];
  const shipped = createHash("sha256").update(await readFile(shippedWeights)).digest("hex");
  if (recorded === shipped) return;
  throw new Error(
    "www/src/draw/recorded.ts, the example of the first visit, was made with other weights than "
    + "assets/model.safetensors.\n"
    + "  Make it again: node www/tools/make-sample.mjs",
  );
}
