/**
 * The service worker: after the first visit the page works without a network, and an open tab continues to work after
 * another version was published.
 *
 * A version is a set of files that belong together, with a separate cache. The page comes from the cache of the active
 * worker, so it never mixes two versions. A new worker fills its cache beside the old one and waits: the user chooses
 * when it takes over (register.ts). Caches of older versions stay while a tab uses them.
 */
declare const __VERSION__: string;
declare const __FILES__: string[];
declare const __LAZY_FILES__: string[];
declare const __TRAINER_FILES__: string[];

const worker = globalThis as unknown as ServiceWorkerGlobalScope;

/** Other pages on the same host may have their own caches. */
const PREFIX = `patchwork ${worker.registration.scope} `;
const CACHE = PREFIX + __VERSION__;

const address = (name: string): string => new URL(name, worker.registration.scope).href;
const PAGE = address("./");
const ASSETS = address("assets/");
const FILES = new Set(__FILES__.map(address));
/** What is kept once somebody used it. */
const LAZY_FILES = new Set(__LAZY_FILES__.map(address));
/** Those of them that are fetched as soon as somebody is about to train. */
const TRAINER_FILES = new Set(__TRAINER_FILES__.map(address));

/** Milliseconds that the network has for the page if an older one could be shown instead. */
const PAGE_MS = 4000;
/** Milliseconds that the network has for a file of a new version; the next visit tries again. */
const FILE_MS = 300_000;
/** Milliseconds that a tab has to report its version. */
const TAB_MS = 2000;

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim().then(forgetOldVersions)));
worker.addEventListener("fetch", (event) => {
  const answer = answerTo(event);
  if (answer !== null) event.respondWith(answer);
});
worker.addEventListener("message", (event) => {
  const asked = event.data as { type: "version" | "take-over" | "keep-trainer" | "arrived" };
  if (asked.type === "version") event.ports[0]?.postMessage(__VERSION__);
  if (asked.type === "take-over") void worker.skipWaiting();
  if (asked.type === "keep-trainer") event.waitUntil(tryToKeep(TRAINER_FILES));
  if (asked.type === "arrived") event.waitUntil(forgetOldVersions());
});

/** Caches what every visitor needs; optional files are included if they were cached before. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  const older = (await ownCaches()).filter((name) => name !== CACHE);
  await Promise.all([...FILES].map((url) => take(cache, url, older)));
  const kept = await Promise.all(older.map(async (name) => (await caches.open(name)).keys()));
  const had = new Set(kept.flat().map(({ url }) => kindOf(url)));
  await tryToKeep(new Set([...LAZY_FILES].filter((url) => had.has(kindOf(url)))));
}

/** A file's name without the hash of its content: what it is in every version. */
function kindOf(url: string): string {
  return url.replace(/-[0-9a-f]{12}(?=\.)/, "");
}

/** Puts a file into the cache: from an older version if it is identical, else from the network. */
async function take(cache: Cache, url: string, older: string[]): Promise<void> {
  if ((await cache.match(url, { ignoreVary: true })) !== undefined) return;
  const there = url.startsWith(ASSETS) ? await keptIn(older, url) : undefined;
  await cache.put(url, there ?? (await fetched(url)));
}

/** Fetches a file of this version, or throws: then this version is not installed. */
async function fetched(url: string): Promise<Response> {
  // Hashed files never change; for others the browser's cache may be stale.
  const cache = url.startsWith(ASSETS) ? "default" : "no-cache";
  const response = await fetch(url, { cache, signal: AbortSignal.timeout(FILE_MS) });
  const isPage = (response.headers.get("content-type") ?? "").startsWith("text/html");
  if (!response.ok || isPage !== (url === PAGE)) throw new Error(`${url} is not there`);
  if (url !== PAGE) return response;
  const page = await response.text();
  // The host may have moved on to another version meanwhile, or still serve an older one.
  if (!page.includes(__VERSION__)) throw new Error(`the page is not of version ${__VERSION__}`);
  // A copy, because a redirected response cannot answer a navigation.
  return new Response(page, { headers: response.headers });
}

async function ownCaches(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX));
}

async function keepAll(urls: Set<string>): Promise<void> {
  const cache = await caches.open(CACHE);
  const older = (await ownCaches()).filter((name) => name !== CACHE);
  for (const url of urls) await take(cache, url, older);
}

/** Where it fails, nothing is lost but a download: whoever needs the files asks again, and hears why. */
async function tryToKeep(urls: Set<string>): Promise<void> {
  await keepAll(urls).catch(() => undefined);
}

/** Deletes the caches of versions that no tab uses. A tab that does not report its version may use any. */
async function forgetOldVersions(): Promise<void> {
  const { installing, waiting } = worker.registration;
  // Their caches are newer, not older.
  if (installing !== null || waiting !== null) return;
  const tabs = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const ours = tabs.filter(({ url }) => url.startsWith(worker.registration.scope));
  const versions = await Promise.all(ours.map(versionOf));
  if (versions.includes(null)) return;
  const wanted = new Set([__VERSION__, ...versions].map((version) => `${PREFIX}${version}`));
  await Promise.all((await ownCaches()).filter((name) => !wanted.has(name)).map((name) => caches.delete(name)));
}

/** The version of a tab; null if it does not answer, because it is still loading or suspended. */
function versionOf(tab: WindowClient): Promise<string | null> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), TAB_MS);
    port1.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
    tab.postMessage({ type: "which-version" }, [port2]);
  });
}

function answerTo(event: FetchEvent): Promise<Response> | null {
  const { request } = event;
  if (request.method !== "GET") return null;
  const url = request.url.replace(/[?#].*$/, "");
  if (request.mode === "navigate") {
    return url === PAGE || url === address("index.html") ? pageFor(request) : null;
  }
  return FILES.has(url) || url.startsWith(ASSETS) ? fileFor(event, url) : null;
}

/** The page of this version. If it is gone: the newest one that the network provides soon, else a cached one. */
async function pageFor(request: Request): Promise<Response> {
  const own = await keptIn([CACHE], PAGE);
  if (own !== undefined) return own;
  const coming = fetch(request);
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PAGE_MS));
  const soon = await Promise.race([coming.catch(() => null), late]);
  if (soon?.ok === true) return soon;
  return (await keptIn(await ownCaches(), PAGE)) ?? coming;
}

/** A cached file of any version: names are unique. An open tab may be of an older version than this worker. */
async function fileFor(event: FetchEvent, url: string): Promise<Response> {
  const caching = url.startsWith(ASSETS) ? [CACHE, ...(await ownCaches())] : [CACHE];
  const there = await keptIn(caching, url);
  if (there !== undefined) return there;
  const response = await fetch(event.request);
  if (response.ok && LAZY_FILES.has(url)) event.waitUntil(keep(url, response.clone()));
  // Part of this version is lost, and the host has another one: the next visit loads the page from there.
  if ([404, 410].includes(response.status) && FILES.has(url)) await (await caches.open(CACHE)).delete(PAGE);
  return response;
}

/** Full storage is not an error: the file is fetched again next time. */
async function keep(url: string, response: Response): Promise<void> {
  await (await caches.open(CACHE)).put(url, response).catch(() => undefined);
}

/** A file from the first of these caches that has it. */
async function keptIn(names: string[], url: string): Promise<Response | undefined> {
  for (const name of names) {
    const found = await (await caches.open(name)).match(url, { ignoreVary: true });
    if (found !== undefined) return found;
  }
  return undefined;
}
