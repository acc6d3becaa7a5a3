/** Another version of the built page: the same files with new names, as after a change to all of them. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

const TEXTS = [".html", ".js", ".css", ".json", ".webmanifest", ""];

/** A hash in a file's name, and the version of the page. */
const HASHED = /-([0-9a-f]{12})\.[a-z0-9]+$/;

/** The name of a version. */
export function versionOf(folder: string): string {
  const [, version = ""] = /name="version" content="([0-9a-f]{12})"/.exec(readFileSync(join(folder, "index.html"), "utf8")) ?? [];
  return version;
}

/** Writes another version of the page in `folder`; files that match `same` are unchanged. */
export function anotherVersion(folder: string, same: RegExp = /^$/): string {
  const next = mkdtempSync(join(tmpdir(), "patchwork-version-"));
  cpSync(folder, next, { recursive: true });
  const assets = readdirSync(join(next, "assets"));
  const changed = assets.filter((name) => !same.test(name)).map((name) => HASHED.exec(name)?.[1] ?? "");
  const renamed = (text: string): string =>
    [...changed, versionOf(folder)].reduce((left, hash) => left.replaceAll(hash, [...hash].reverse().join("")), text);
  for (const name of [...readdirSync(next), ...assets.map((asset) => join("assets", asset))]) {
    if (!TEXTS.includes(extname(name)) || name === "assets") continue;
    writeFileSync(join(next, name), renamed(readFileSync(join(next, name), "utf8")));
  }
  for (const name of assets) renameSync(join(next, "assets", name), join(next, "assets", renamed(name)));
  return next;
}
