/** A static host: the page's files under a sub-path, with the right types, and the headers that the build specifies. */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";

/** The path of the page on the host, which must not matter. */
export const BASE = "/some/where/";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** A running host. */
export interface Site {
  /** The address of the page, ending in a slash. */
  url: string;
  /** Publishes another folder instead. Null: the host no longer answers. */
  publish(folder: string | null): void;
  /** The names of all requested files, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** The kind of host. */
export interface HostOptions {
  /** Whether it applies `_headers`, as Netlify and Cloudflare Pages do; GitHub Pages does not. */
  headers?: boolean;
}

/** Serves `folder` under {@link BASE}, on a free local port. */
export async function serve(folder: string, { headers = true }: HostOptions = {}): Promise<Site> {
  let published: string | null = folder;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://host").pathname);
    asked.push(path.slice(BASE.length));
    if (published === null) return;
    void answer(published, path, headers).then((file) => {
      if (file === null) {
        response.writeHead(404, { "content-type": "text/plain" }).end("not here");
        return;
      }
      response.writeHead(200, { ...file.headers, "content-length": file.size });
      if (request.method === "HEAD") response.end();
      else createReadStream(file.path).pipe(response);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${BASE}`,
    asked,
    publish: (next) => void (published = next),
    close: () => new Promise((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    }),
  };
}

interface Answer {
  path: string;
  size: number;
  headers: Record<string, string>;
}

async function answer(folder: string, path: string, headers: boolean): Promise<Answer | null> {
  if (!path.startsWith(BASE)) return null;
  const name = path.slice(BASE.length);
  const file = normalize(join(folder, name || "index.html"));
  if (!file.startsWith(folder + sep)) return null;
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) return null;
  const type = { "content-type": TYPES[extname(file)] ?? "application/octet-stream" };
  const asked = headers ? headersFor(await readFile(join(folder, "_headers"), "utf8"), `/${name}`) : {};
  return { path: file, size: found.size, headers: { ...type, ...asked } };
}

/** The headers of a path according to a `_headers` file. Hosts differ if two rules set the same header: that is refused. */
export function headersFor(rules: string, path: string): Record<string, string> {
  const found: Record<string, string> = {};
  let matches = false;
  for (const line of rules.split("\n")) {
    const [, name = "", value = ""] = /^\s+([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === "") {
      matches = line.endsWith("*") ? path.startsWith(line.slice(0, -1)) : line === path;
    } else if (matches) {
      if (name.toLowerCase() in found) throw new Error(`_headers gives ${path} two headers ${name}`);
      found[name.toLowerCase()] = value;
    }
  }
  return found;
}
