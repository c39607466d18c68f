// @ts-check
/**
 * What this browser keeps: preferences and drafts in localStorage, messages on their way in IndexedDB. Gone after
 * log-out, but for the look (theme and language), which says nothing about anybody.
 *
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {{text: string, reply?: number | null}} Draft `reply`: id of the message that is answered
 */

const KEPT = ["theme", "language"];

/** @param {string} name @param {any} fallback */
export function read(name, fallback) {
  try {
    const text = localStorage.getItem(name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** @param {string} name @param {any} value null or undefined takes it away */
export function write(name, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the client works on without.
  }
}

/** @param {number} user @param {string} chat */
const draftName = (user, chat) => `draft:${user}:${chat}`;

/** @param {number} user @param {string} chat @returns {Draft | null} */
export function draft(user, chat) {
  const found = read(draftName(user, chat), null);
  return found && typeof found.text === "string" ? found : null;
}

/** @param {number} user @param {string} chat @param {Draft | null} value */
export function saveDraft(user, chat, value) {
  write(draftName(user, chat), value && (value.text.trim() || value.reply) ? value : null);
}

/** All drafts of a person, by chat. @param {number} user @returns {Map<string, Draft>} */
export function drafts(user) {
  const prefix = `draft:${user}:`;
  const found = new Map();
  for (const name of Object.keys(localStorage)) {
    const value = name.startsWith(prefix) ? draft(user, name.slice(prefix.length)) : null;
    if (value) found.set(name.slice(prefix.length), value);
  }
  return found;
}

/** Forget everything private. */
export function clear() {
  for (const name of Object.keys(localStorage)) if (!KEPT.includes(name)) localStorage.removeItem(name);
  sessionStorage.clear();
}

// ---------------------------------------------------------------- IndexedDB: messages on their way, and what was last seen

const NAME = "chat";
const STORES = { outbox: { keyPath: "client_id" }, kept: {} };
/** After log-out nothing is kept any more. */
let isOver = false;

/** This tab; its lock tells other tabs that it lives. */
export const tab = crypto.randomUUID();
navigator.locks?.request(`tab-${tab}`, () => new Promise(() => {}));

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 2);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(STORES))
        if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, options);
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
  });
  return opening;
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @param {keyof typeof STORES} [name]
 * @returns {Promise<T>}
 */
export async function run(mode, work, name = "outbox") {
  if (isOver) throw new Error("signed out");
  const durability = name === "outbox" ? "strict" : "relaxed";
  const store = (await open()).transaction(name, mode, { durability }).objectStore(name);
  const request = work(store);
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Without storage (a private window) the outbox lives as long as its tab. @param {unknown} error */
const ignore = (error) => console.warn("The outbox is not kept:", error);

/** @param {Entry} entry */
export const saveEntry = (entry) => void run("readwrite", (store) => store.put(entry)).catch(ignore);

/** @param {string} id */
export const removeEntry = (id) => void run("readwrite", (store) => store.delete(id)).catch(ignore);

/** Make the entries of a person, left by tabs that are gone, this tab's own. @param {number} user @returns {Promise<Entry[]>} */
export async function takeOver(user) {
  if (!navigator.locks) return [];
  try {
    return await navigator.locks.request("outbox", async () => {
      const all = await run("readonly", (store) => /** @type {IDBRequest<Entry[]>} */ (store.getAll()));
      const { held = [] } = await navigator.locks.query();
      const alive = new Set(held.map((lock) => lock.name));
      const left = all.filter((entry) => entry.user === user && !alive.has(`tab-${entry.owner}`));
      const mine = left.map((entry) => ({ ...entry, owner: tab }));
      for (const entry of mine) await run("readwrite", (store) => store.put(entry));
      return mine;
    });
  } catch (error) {
    ignore(error);
    return [];
  }
}

/** Forget what was last seen; it is not written again before the page is loaded anew. */
export async function clearKept() {
  await run("readwrite", (store) => store.clear(), "kept").catch(() => {});
  isOver = true;
}

/** Forget all of it, whoever's. */
export async function clearDatabase() {
  isOver = true;
  const opened = await opening?.catch(() => null);
  opened?.close();
  opening = null;
  indexedDB.deleteDatabase(NAME);
}
