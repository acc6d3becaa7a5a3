/** A static host with nothing to it: the page's files under a sub-path, the right types, no special headers. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";

/** Where the page lives on the host: it must not mind. */
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
  close(): Promise<void>;
}

/** Serves `folder` under {@link BASE}, on a free port of this machine only. */
export async function serve(folder: string): Promise<Site> {
  const server = createServer((request, response) => {
    void find(folder, request.url ?? "/").then((file) => {
      if (file === null) {
        response.writeHead(404, { "content-type": "text/plain" }).end("not here");
        return;
      }
      const type = TYPES[extname(file.path)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "content-length": file.size });
      createReadStream(file.path).pipe(response);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${BASE}`,
    close: () => new Promise((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    }),
  };
}

async function find(folder: string, url: string): Promise<{ path: string; size: number } | null> {
  const path = decodeURIComponent(new URL(url, "http://host").pathname);
  if (!path.startsWith(BASE)) return null;
  const name = path.slice(BASE.length) || "index.html";
  const file = normalize(join(folder, name));
  if (!file.startsWith(folder + sep)) return null;
  const found = await stat(file).catch(() => null);
  return found?.isFile() ? { path: file, size: found.size } : null;
}
