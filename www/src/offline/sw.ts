/** The service worker: after the first visit the page works without a network. */
declare const __VERSION__: string;
declare const __FILES__: string[];
declare const __LAZY_FILES__: string[];

const worker = globalThis as unknown as ServiceWorkerGlobalScope;

/** Other pages on the same host may have caches of their own. */
const PREFIX = `patchwork ${worker.registration.scope} `;
const CACHE = PREFIX + __VERSION__;

const address = (name: string): string => new URL(name, worker.registration.scope).href;
const PAGE = address("./");
const FILES = new Set(__FILES__.map(address));
const LAZY_FILES = new Set(__LAZY_FILES__.map(address));

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const answer = answerTo(event.request);
  if (answer !== null) event.respondWith(answer);
});
worker.addEventListener("message", (event) => {
  const asked = event.data as { type: "version" } | { type: "take-over" } | { type: "keep-trainer" };
  if (asked.type === "version") event.ports[0]?.postMessage(__VERSION__);
  if (asked.type === "take-over") void worker.skipWaiting();
  if (asked.type === "keep-trainer") event.waitUntil(keepLazyFiles());
});

/** Everything that every visitor needs; what only some need comes along where it was kept before. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  const older = (await ownCaches()).filter((name) => name !== CACHE);
  const kept = await Promise.all(older.map(async (name) => (await caches.open(name)).keys()));
  const hadTrainer = kept.flat().some(({ url }) => /\/trainer-[^/]*\.wasm$/.test(url));
  await cache.addAll([...FILES, ...(hadTrainer ? LAZY_FILES : [])].map(fresh));
}

/** Hashed files never change; of the others the browser's own cache may hold an old one. */
function fresh(url: string): Request {
  return new Request(url, { cache: url.includes("/assets/") ? "default" : "no-cache" });
}

async function activate(): Promise<void> {
  const older = (await ownCaches()).filter((name) => name !== CACHE);
  await Promise.all(older.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function ownCaches(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX));
}

async function keepLazyFiles(): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const url of LAZY_FILES) if ((await cache.match(url)) === undefined) await cache.add(url);
}

function answerTo(request: Request): Promise<Response> | null {
  if (request.method !== "GET") return null;
  const url = request.url.replace(/[?#].*$/, "");
  if (request.mode === "navigate") {
    return url === PAGE || url === address("index.html") ? pageFor(request) : null;
  }
  if (FILES.has(url)) return fromCache(url, request);
  return LAZY_FILES.has(url) ? fromCacheOrKeep(url, request) : null;
}

/** The newest page where there is a network. It is not put in the cache: its files are not there. */
async function pageFor(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.ok) return response;
    return (await kept(PAGE)) ?? response;
  } catch (thrown) {
    const page = await kept(PAGE);
    if (page === undefined) throw thrown;
    return page;
  }
}

async function fromCache(url: string, request: Request): Promise<Response> {
  return (await kept(url)) ?? fetch(request);
}

async function fromCacheOrKeep(url: string, request: Request): Promise<Response> {
  const there = await kept(url);
  if (there !== undefined) return there;
  const response = await fetch(request);
  if (response.ok) await (await caches.open(CACHE)).put(url, response.clone());
  return response;
}

async function kept(url: string): Promise<Response | undefined> {
  return (await caches.open(CACHE)).match(url);
}
