// @ts-check
/**
 * The service worker: static files from the cache, pages from the network, and without one the client as it was last
 * loaded, or a page that says so. It never keeps an answer of the API.
 *
 * KEPT, the files of the offline page, and MOST_SHARED, the bytes that may be shared at once, stand above this text:
 * chatproject.client puts them there.
 */
/* global KEPT, MOST_SHARED */

const FILES = "files-1"; // static files; their names change with their content
const PAGES = "pages-1"; // the offline page
const SHELL = "shell-1"; // the client's page; emptied by log-out
const SHARED = "shared-1"; // what another app has shared, until the client has asked where to
const OFFLINE = "/offline";
const CLIENT = "/chat";
const SHARE = "/share";
const FILES_LIMIT = 250;

self.addEventListener("install", (event) => {
  event.waitUntil(
    Promise.all([
      caches.open(PAGES).then((cache) => cache.add(new Request(OFFLINE, { cache: "reload" }))),
      caches.open(FILES).then((cache) => cache.addAll(KEPT)),
    ]).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const ours = [FILES, PAGES, SHELL, SHARED];
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => !ours.includes(name)).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "GET" && url.pathname.startsWith("/static/")) {
    event.respondWith(file(request));
  } else if (request.method === "POST" && url.pathname === SHARE) {
    event.respondWith(share(request));
  } else if (request.mode === "navigate") {
    event.respondWith(page(request, url));
  } else if (request.method === "POST" && /^\/auth\/logout(-all)?\/?$/.test(url.pathname)) {
    event.waitUntil(forget());
  }
});

/** What is of a person goes when they leave, and when somebody else comes. */
async function forget() {
  await caches.delete(SHELL);
  for (const note of await registration.getNotifications()) note.close();
}

/** A press on a notification (see js/notify.js) leads to its message: in a tab that is open, or in a new one. */
self.addEventListener("notificationclick", (event) => {
  const { data } = event.notification;
  event.notification.close();
  event.waitUntil(lead(data));
});

/** @param {{url: string}} data */
async function lead(data) {
  const tabs = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const [tab] = tabs
    .filter(({ url }) => isClient(new URL(url)))
    .sort((a, b) => Number(b.visibilityState === "visible") - Number(a.visibilityState === "visible"));
  if (!tab) return clients.openWindow(data.url);
  tab.postMessage({ pressed: data });
  return tab.focus().catch(() => {}); // not without a press
}

/** @param {URL} url */
const isClient = ({ pathname }) => pathname === CLIENT || pathname.startsWith(`${CLIENT}/`);

/** What another app shares (see the manifest) is kept as it came, with and without a network; the client then asks where to. @param {Request} request */
async function share(request) {
  const id = Date.now();
  await caches.delete(SHARED); // the last one counts
  try {
    const cache = await caches.open(SHARED);
    const form = new Response(request.body?.pipeThrough(atMost(MOST_SHARED)), {
      headers: { "Content-Type": request.headers.get("Content-Type") ?? "" },
    });
    await cache.put(`${SHARE}/${id}`, form);
  } catch {
    await caches.delete(SHARED); // too much, for us or for this browser: the client says that it didn't come
  }
  return Response.redirect(`${CLIENT}?share=${id}`, 303);
}

/** Lets so many bytes through, and fails with more. @param {number} left */
function atMost(left) {
  return new TransformStream({
    transform(part, output) {
      left -= part.byteLength;
      if (left < 0) output.error(new Error("Too much was shared."));
      else output.enqueue(part);
    },
  });
}

/** A client names the files that it needs, so that it can be opened without a network from its first visit on. */
self.addEventListener("message", (event) => {
  const files = event.data?.keep;
  if (!Array.isArray(files)) return;
  event.waitUntil(
    Promise.allSettled([
      keepPage(),
      ...[...new Set(files)].map((path) => file(new Request(new URL(path, location.origin)))),
    ]),
  );
});

/** The client's page, unless it is kept already. */
async function keepPage() {
  const cache = await caches.open(SHELL);
  if (await cache.match(CLIENT)) return;
  const answer = await fetch(CLIENT, { headers: { Accept: "text/html" } });
  if (answer.ok && !answer.redirected) await cache.put(CLIENT, answer);
}

/** Files with a hash in their name never change; others are asked for anew. @param {Request} request */
async function file(request) {
  const cache = await caches.open(FILES);
  const fixed = /\.[0-9a-f]{12}\.\w+$/.test(new URL(request.url).pathname);
  const kept = await cache.match(request);
  if (kept && fixed) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.type === "basic") {
      await cache.put(request, answer.clone());
      trim(cache);
    }
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/** Old versions go first. @param {Cache} cache */
async function trim(cache) {
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - FILES_LIMIT))) await cache.delete(key);
}

/** @param {Request} request @param {URL} url */
async function page(request, url) {
  const client = isClient(url);
  if (request.method === "POST" && /^\/(login|logout|signup|guest)\b/.test(url.pathname)) await forget();
  try {
    const answer = await fetch(request);
    if (client && answer.ok && !answer.redirected && answer.type === "basic") {
      // The client's page is the same for every chat: it reads the address itself.
      const cache = await caches.open(SHELL);
      await cache.put(CLIENT, answer.clone());
    } else if (client && answer.status < 500) {
      await caches.delete(SHELL); // signed out
    }
    return answer;
  } catch (error) {
    const kept = client ? await caches.match(CLIENT, { cacheName: SHELL }) : undefined;
    const offline = kept ?? (await caches.match(OFFLINE, { cacheName: PAGES }));
    if (offline) return offline;
    throw error;
  }
}
