/** The web app manifest and its icons. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { www } from "./options.mjs";

/** Adds both, with hashed icons; the manifest's own name is not hashed, so that an installed app finds it again. */
export async function addManifestAndIcons(dist) {
  const manifest = JSON.parse(await readFile(join(www, "manifest.webmanifest"), "utf8"));
  for (const icon of manifest.icons) {
    icon.src = await dist.addHashedFile(icon.src.replace(/^icons\//, ""), join(www, icon.src));
  }
  return {
    manifest: await dist.add("manifest.webmanifest", JSON.stringify(manifest)),
    icon: manifest.icons.find((icon) => icon.type === "image/svg+xml").src,
  };
}
